"""Log runs to MLflow; the only package that imports mlflow."""
