"""Scores on test blocks, and estimates of the true number and area of landslides."""
