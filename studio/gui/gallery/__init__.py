"""The gallery: models, their samples, and what made them."""
