"""The vector files of a map, and the styles of its raster."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import geopandas as gpd

from slidelens.errors import OutputError
from slidelens.files import write_text
from slidelens.geo.grid import Grid
from slidelens.geo.vectors.inventory import LAYER
from slidelens.geo.vectors.labels import MAPPED
from slidelens.layers.provenance import Provenance, mapped_extent
from slidelens.layers.vector_formats import FORMATS, VectorFormat, write_vectors
from slidelens.outputs import output_folder, require_folder_name, require_utf8
from slidelens.qgis.raster_styles import deviation_renderer, probability_renderer, raster_style
from slidelens.qgis.vector_styles import inventory_styles

PROBABILITY = "probability.tif"
_STEMS = {LAYER: "inventory", MAPPED: MAPPED}

# Names of all files of a map, in whichever format, also those of a report.
OWN_FILES = (
    PROBABILITY,
    "probability.qml",
    "deviation.qml",
    *(f"{stem}.{suffix}" for stem in _STEMS.values() for suffix in (*FORMATS, "qml")),
    "density.tif",
    "density.qml",
    "report.html",
)


def require_map_folder(folder: Path, own: Collection[str] = ()) -> None:
    """Raise OutputError unless a map can be written as a folder.

    Args:
        folder: The folder.
        own: Patterns of files of an earlier map, which may be in it and are replaced.
    """
    require_folder_name(folder)
    if not own and (folder / PROBABILITY).is_file():
        raise OutputError(
            f"{folder} holds a finished map, {PROBABILITY}, and nothing in it is overwritten; name"
            " a new folder"
        )
    output_folder(folder, own)
    require_utf8(folder)


def write_beside_map(
    folder: Path,
    landslides: gpd.GeoDataFrame,
    provenance: Provenance,
    grid: Grid,
    *,
    has_deviation: bool,
    format: VectorFormat = "gpkg",
) -> None:
    """Write what belongs beside the raster of a map: inventory, mapped extent and styles.

    Args:
        folder: A folder with the raster, to write into.
        landslides: A row per landslide.
        provenance: What the map was made from.
        grid: Grid of the map.
        has_deviation: Whether the raster has a second band, the standard deviation.
        format: Format of the vector files.
    """
    layers = {
        LAYER: provenance.describe(landslides),
        MAPPED: mapped_extent(folder / PROBABILITY, provenance, grid),
    }
    write_vectors(layers, folder, _STEMS, format, inventory_styles())
    write_text(folder / "probability.qml", raster_style(probability_renderer()))
    if has_deviation:
        write_text(folder / "deviation.qml", raster_style(deviation_renderer()))
