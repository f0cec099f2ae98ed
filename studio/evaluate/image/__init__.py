"""Sets of features in which images are compared."""
