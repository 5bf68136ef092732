"""The simulated terrain."""
