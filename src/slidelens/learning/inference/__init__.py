"""Predict images with trained networks: weights files, windows, calibration and threshold."""
