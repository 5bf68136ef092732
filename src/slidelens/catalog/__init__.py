"""A finished study as a STAC collection, with a project of QGIS."""
