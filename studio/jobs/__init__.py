"""Processes of their own: start, watch, queue."""
