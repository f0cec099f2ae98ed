"""The Play page: a canvas, and a panel for each family that learns what was drawn on it."""
