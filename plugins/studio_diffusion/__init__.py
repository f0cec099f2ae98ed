"""The diffusion family."""
