"""Weights in MLflow's model registry: registered, loaded and served."""
