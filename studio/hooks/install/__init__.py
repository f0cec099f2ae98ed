"""Installs plugins: what would happen is worked out and shown first, then it is done whole or not at all."""
