"""The command line: the same powers as the window, for people and for scripts."""

from studio.cli.app import main

__all__ = ["main"]
