"""Evidence that no test ground reaches training."""
