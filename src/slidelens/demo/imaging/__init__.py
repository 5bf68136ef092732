"""The simulated satellite images."""
