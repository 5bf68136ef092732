"""Find the inventory of a date among the files of a folder, whatever its format."""

from __future__ import annotations

from pathlib import Path

from slidelens.errors import InventoryError

# Suffixes of formats that hold polygons and nothing else; lower case.
SUFFIXES = (
    ".gpkg",
    ".shp",
    ".geojson",
    ".fgb",
    ".parquet",
    ".geoparquet",
    ".geojsonl",
    ".geojsons",
    ".ndjson",
    ".topojson",
    ".kml",
    ".kmz",
    ".gml",
    ".tab",
    ".mif",
    ".gdb",
    ".jml",
    ".gmt",
    ".dxf",
    ".dgn",
    ".shz",
    ".shp.zip",
    ".gpkg.zip",
)
# They may hold something else: taken for an inventory where there is no other file of the date.
_PERHAPS = (".json", ".csv", ".db", ".sqlite", ".xlsx", ".ods", ".zip")
_RASTERS = (".asc", ".img", ".jp2", ".jpeg", ".jpg", ".nc", ".png", ".tif", ".tiff", ".vrt")
_PARTS_OF_SHAPEFILE = (".dbf", ".prj", ".shx")
# Notes, styles and side files, which are no inventory and need no mention.
_IGNORED = (
    ".aux.xml",
    ".bak",
    ".cpg",
    ".cst",
    ".dat",
    ".gfs",
    ".gpkg-journal",
    ".gpkg-shm",
    ".gpkg-wal",
    ".id",
    ".ind",
    ".lock",
    ".map",
    ".md",
    ".mid",
    ".ovr",
    ".pdf",
    ".qix",
    ".qmd",
    ".qml",
    ".qpj",
    ".sbn",
    ".sbx",
    ".sld",
    ".tfw",
    ".tmp",
    ".txt",
    ".xml",
    ".xsd",
    ".yaml",
    ".yml",
)


def is_vector(path: Path | str) -> bool:
    """Return whether a path has the suffix of a vector format, in capitals or not.

    The path may name a layer: `FILE|layername=LAYER`.
    """
    name = str(path).partition("|layername=")[0].lower()
    return name.endswith((*SUFFIXES, ".json", ".sqlite", ".zip"))


def find_inventory(folder: Path, date: str) -> Path | None:
    """Return the path of a date's inventory, in any format, or None if the folder has none.

    Suffixes may be in capitals.

    Raises:
        InventoryError: The date has more than one inventory, or a file that cannot be one.
    """
    files = _files_of(folder, date)
    for suffixes in (SUFFIXES, _PERHAPS):
        paths = [path for path, suffix in files.items() if suffix in suffixes]
        if len(paths) > 1:
            names = ", ".join(path.name for path in paths)
            raise InventoryError(
                f"{folder} has {len(paths)} inventories for {date}: {names}; keep one"
            )
        if paths:
            return paths[0]
    for path, suffix in files.items():
        if not suffix.endswith(_IGNORED):
            raise InventoryError(
                f"{path} cannot be used as the inventory of {date}: {_why_not(path, suffix)}"
            )
    return None


def _files_of(folder: Path, date: str) -> dict[Path, str]:
    """Return the suffixes, in lower case, of a date's files; the usual formats come first."""
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise InventoryError(f"cannot read the folder {folder}: {error.strerror}") from error
    files = {folder / name: name[len(date) :].lower() for name in names if name.startswith(date)}
    # A dot in what follows is of another label: the date 2013.5 has no file of 2013.
    ranked = {path: suffix for path, suffix in files.items() if _is_suffix(suffix)}
    known = {suffix: rank for rank, suffix in enumerate(SUFFIXES)}
    return dict(sorted(ranked.items(), key=lambda item: known.get(item[1], len(known))))


def _is_suffix(text: str) -> bool:
    known = (*SUFFIXES, *_PERHAPS, *_RASTERS, *_PARTS_OF_SHAPEFILE, *_IGNORED)
    return text.startswith(".") and (text in known or text.count(".") == 1 or text.endswith(".dvc"))


def _why_not(path: Path, suffix: str) -> str:
    if suffix.endswith(".dvc"):
        return f"{path.stem} is in DVC and not here; run `dvc pull`"
    if suffix in _RASTERS:
        return "it is a raster; polygonise it first, for instance with gdal_polygonize.py"
    if suffix in _PARTS_OF_SHAPEFILE:
        return f"it is a part of a shapefile, and {path.with_suffix('.shp').name} is missing"
    return f"{suffix} is no vector format known here; convert it with ogr2ogr to .gpkg"
