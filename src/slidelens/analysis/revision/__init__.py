"""Revise the maps of all dates by the histories that the ground can have."""
