"""Comparison of two inventories."""
