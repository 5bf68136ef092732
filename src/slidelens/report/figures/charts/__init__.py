"""Figures with axes."""
