"""Log runs to MLflow; with `registry` the only package that imports mlflow."""
