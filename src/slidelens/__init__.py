"""slidelens: a landslide inventory for every date of a satellite image series."""

__version__ = "0.1.0"
