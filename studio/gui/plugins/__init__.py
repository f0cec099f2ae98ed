"""The page plugins."""
