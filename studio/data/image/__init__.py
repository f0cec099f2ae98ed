"""Reads images, and writes them."""
