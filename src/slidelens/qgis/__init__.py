"""Styles and projects of QGIS, written as the XML of QGIS 3.22."""
