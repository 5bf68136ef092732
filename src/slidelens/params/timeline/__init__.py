"""Dates that labels tell, and their order in time."""
