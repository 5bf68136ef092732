"""Training patches and validation tiles."""
