"""MLflow stores, servers and registries."""
