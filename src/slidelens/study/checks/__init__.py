"""Checks of a study: of its targets before any pixel is read, and of the images that are read."""
