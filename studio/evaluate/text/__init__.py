"""The judge of texts: variety, letters, copies of the training texts, and translations."""
