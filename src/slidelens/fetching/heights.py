"""Fetch heights of an area: the Copernicus DEM, or another collection of one band."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely
from rasterio.windows import Window

from slidelens.dataset.windowed_scene import WindowedScene
from slidelens.errors import SceneError
from slidelens.escaping import counted
from slidelens.fetching.catalogues.catalogue import Catalogue, NoCollectionError
from slidelens.fetching.catalogues.hrefs import without_secrets
from slidelens.fetching.choosing import Place
from slidelens.fetching.images.bands import ItemBand, file_band
from slidelens.fetching.images.image import place_of
from slidelens.fetching.images.reading import read_bands
from slidelens.fetching.pinned_grid import grid_to_dict
from slidelens.fetching.records import make_record, record_path
from slidelens.files import atomic_write, scratch_folder, write_json
from slidelens.geo.geotiff import write_scene_by_parts
from slidelens.geo.grid import Grid, covering_grid
from slidelens.geo.windowed import FileArray, Part, chunks
from slidelens.layers.origin import file_digest
from slidelens.study.study import DEM
from slidelens.types import Float32

if TYPE_CHECKING:
    import pystac

log = logging.getLogger(__name__)

COLLECTION = "cop-dem-glo-30"
_PIXEL_M = 30.0
_ASSETS = ("data", "elevation", "dem")
_BAND = "elevation"


def fetch_heights(catalogue: Catalogue, name: str, place: Place) -> Path:
    """Write the heights of a study, unless it has some; return their path.

    Pixels are of 30 m, or as large as those of the scenes if these are larger.

    Args:
        catalogue: Where they are found.
        name: Its address or path, for the record.
        place: Where.

    Raises:
        SceneError: The catalogue has no heights of the place, or they cannot be read.
    """
    path = place.folder / DEM
    if path.exists():
        log.info("%s is there already and is kept", path)
        return path
    try:
        found = catalogue.search(COLLECTION, place.bounds, None)
    except NoCollectionError:
        found = []
    items = sorted(found, key=lambda item: str(item.id))
    if not items:
        raise SceneError(
            f"the catalogue has no heights ({COLLECTION}) here; leave out heights (--heights),"
            f" or put a height model of your own at {path}"
        )
    grid = covering_grid(place.grid.bounds, place.grid.crs, max(_PIXEL_M, place.grid.pixel_m))
    bands = [_band_of(item) for item in items]
    with scratch_folder(path) as scratch:
        scene = _read(items, bands, grid, scratch)
        if not scene.valid.any():
            raise SceneError(
                f"the heights of {COLLECTION} have no value here; leave out heights (--heights)"
            )
        written = scratch / path.name
        write_scene_by_parts(scene, written)
        request = {"catalog": name, "collection": COLLECTION, "grid": grid_to_dict(grid)}
        taken = [
            {"id": item.id, "href": without_secrets(band.href), "checksum": band.checksum}
            for item, band in zip(items, bands, strict=True)
        ]
        record = make_record(path, file_digest(written), request, {"values": "metres"}, taken)
        write_json(record_path(path), record)
        with atomic_write(path) as temporary:
            written.rename(temporary)
    log.info("%s: heights of %s", path, counted(len(items), "tile"))
    return path


def _band_of(item: pystac.Item) -> ItemBand:
    keys = {key.lower(): key for key in item.assets}
    key = next((keys[name] for name in _ASSETS if name in keys), None)
    if key is None and len(item.assets) == 1:
        key = next(iter(item.assets))
    if key is None:
        raise SceneError(
            f"{item.id}: which of {', '.join(item.assets)} holds the heights? expected is one of"
            f" {', '.join(_ASSETS)}; leave out heights (--heights)"
        )
    return file_band(item, key)


def _read(
    items: Sequence[pystac.Item], bands: Sequence[ItemBand], grid: Grid, scratch: Path
) -> WindowedScene:
    """Read heights into a file of a folder; where tiles overlap the first one counts."""
    heights = FileArray(scratch / "heights.raw", grid.shape, np.float32)
    valid = np.zeros(grid.shape, bool)
    places = [place_of(item, grid) for item in items]
    for part in chunks(grid.shape):
        ground = shapely.box(*grid.window(Window.from_slices(*part)).bounds)
        values = np.full([piece.stop - piece.start for piece in part], np.nan, np.float32)
        for item, band, place in zip(items, bands, places, strict=True):
            if place.intersects(ground) and np.isnan(values).any():
                (layer,) = read_bands(item, [band], grid, part)
                values = np.where(np.isnan(values), layer, values)
        valid[part] = np.isfinite(values)
        heights.write(part, np.where(valid[part], values, 0))

    def read(part: Part) -> Float32:
        return np.asarray(heights.read(part), np.float32)[..., None]

    return WindowedScene(grid, (_BAND,), valid, read)
