"""Texts: how files of text become items, and samples files of text."""
