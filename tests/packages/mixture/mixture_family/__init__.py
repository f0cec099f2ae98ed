"""A mixture of Gaussians for the Generative Studio."""
