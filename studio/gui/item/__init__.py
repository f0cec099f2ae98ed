"""Shows items of each modality."""
