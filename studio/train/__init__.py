"""The trainer: the session around a plugin's training loop."""
