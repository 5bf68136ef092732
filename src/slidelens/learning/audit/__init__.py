"""Audit of data leakage from test blocks into training."""
