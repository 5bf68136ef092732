"""Figures that show charts."""
