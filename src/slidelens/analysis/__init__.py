"""Measures of landslide inventories and images: arrays and geometries in, numbers out. No files, no TensorFlow."""
