"""Stages of the pipeline: a file for each stage of dvc.yaml, of the same name."""

import os

# MB of pixels that GDAL keeps; by default it takes 5 % of the machine's memory.
os.environ.setdefault("GDAL_CACHEMAX", "256")
