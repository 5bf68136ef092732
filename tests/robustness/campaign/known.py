"""Inputs whose outcome is known to be wrong, each with the reason; an empty table is the aim."""

_GDAL_TEXT = "rasterio prints a traceback of its own for GDAL's messages that are not UTF-8"
_ZIP = "GDAL's text says that a ZIP archive without files does not exist"
_VERTICAL = "a GeoPackage whose CRS is a vertical one is accepted"
_USES = ("sizes", "density", "compare", "lifecycle", "density-aoi", "compare-aoi", "check-aoi")
KNOWN: dict[str, str] = {
    **{f"vector/vertical-crs/{use}": _VERTICAL for use in _USES},
    **{f"vector/zip-of-nothing/{use}": _ZIP for use in (*_USES, "lifecycle-observed")},
    "raster/garbled-values/check-first": _GDAL_TEXT,
    "raster/garbled-values/check-scene": _GDAL_TEXT,
    "raster/garbled-values/check-dem": _GDAL_TEXT,
    "raster/garbled-values/prepare-scene": _GDAL_TEXT,
    "raster/garbled-values/dem": _GDAL_TEXT,
    "raster/garbled-values/map": _GDAL_TEXT,
    "raster/garbled-values/observed": _GDAL_TEXT,
    "raster/garbled-values/probability": _GDAL_TEXT,
    "stage-output/data/prepared/2014/labels.tif/all-255/audit": "the line does not name the file",
    "stage-output/data/prepared/2014/split.tif/many-bands/audit": "the line does not name the file",
}
