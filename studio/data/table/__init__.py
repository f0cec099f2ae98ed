"""Reads tables, and writes their rows."""
