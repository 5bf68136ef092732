"""Styles and projects of QGIS, written as the XML that QGIS 3.18 and later read."""
