"""Bring the images of all dates together: shifts, radiometry, channels and change."""
