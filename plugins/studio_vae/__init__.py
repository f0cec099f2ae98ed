"""The VAE family."""
