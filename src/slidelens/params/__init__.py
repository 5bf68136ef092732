"""The parameters of params.yaml as immutable, checked values."""
