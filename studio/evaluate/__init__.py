"""The judge: how good the samples of an exported file are, on held-out data."""
