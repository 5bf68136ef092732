"""Measures of inventories: numpy, scipy and shapely; no files, no TensorFlow."""
