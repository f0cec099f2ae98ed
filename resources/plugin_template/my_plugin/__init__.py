"""A family for the Generative Studio."""
