"""Figures that show maps."""
