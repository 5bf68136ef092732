"""Measures of landslide inventories and images: arrays and geometries in, numbers out.

Nothing here reads or writes files, or imports TensorFlow.
"""
