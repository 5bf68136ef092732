"""The simulated landslides, their histories and the simulated manual inventory."""
