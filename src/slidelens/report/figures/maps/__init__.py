"""Figures with maps."""
