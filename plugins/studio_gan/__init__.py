"""The GAN family."""
