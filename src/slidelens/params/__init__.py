"""Parameters of params.yaml as frozen, checked values."""
