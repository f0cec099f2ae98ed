"""Specs, settings, events and errors: the words every room shares."""
