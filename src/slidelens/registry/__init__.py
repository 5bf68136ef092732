"""Weights in MLflow's model registry: versions, aliases, and the experiments that they are of."""
