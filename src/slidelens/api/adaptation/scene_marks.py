"""Bring marks and their scene together."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import shapely
from rasterio.windows import Window

from slidelens.api.mapping.preparation import shifted_band
from slidelens.api.network import Network
from slidelens.dataset.change_channels import ChangeLayout
from slidelens.dataset.level_channels import (
    chosen_statistics,
    level_names,
    level_places,
    with_levels,
)
from slidelens.dataset.standardisation import BandStatistics
from slidelens.errors import InventoryError
from slidelens.escaping import counted
from slidelens.geo.grid import Grid
from slidelens.geo.vectors.labels import NOT_LANDSLIDE
from slidelens.geo.windowed import Part
from slidelens.layers.marks import Marks
from slidelens.learning.adaptation.marked import MarkedGround, mark_ground
from slidelens.learning.adaptation.sample import sample_places
from slidelens.learning.adaptation.scene_pixels import KeptPixels, ScenePixels
from slidelens.learning.tiling.moments import combine_moments
from slidelens.learning.tiling.tile_source import TileSource
from slidelens.resources import require_memory
from slidelens.study.images.channels import bands_to_read
from slidelens.types import Shapes

log = logging.getLogger(__name__)

_AROUND_PX = 128  # around the marks, of what is read
_BYTES_PER_PIXEL = 20  # labels and numbers of marks
_FEWEST = 2  # landslides, of which one is held back


def standardise_source(source: TileSource, network: Network, seed: int) -> TileSource:
    """Return the scene standardised as its maps will be.

    Of a scene that is standardised by surroundings, the levels of its bands are further channels. A
    scene whose bands are far from those of the training data is centred on its own means, as
    `slidelens map --standardise means` does; the adapted weights keep these means.
    """
    trained = network.metadata.statistics
    if source.local_window_px:
        return _with_levels(replace(source, statistics=None), trained, seed)
    own = _sampled_statistics(source, seed)
    if not own.pixels or shifted_band(own, trained) is None:
        return source
    log.info(
        "%s: standardised by its own means, which are far from the training data's",
        source.header.path.name,
    )
    return replace(source, statistics=replace(own, deviation=trained.deviation))


def _with_levels(source: TileSource, trained: BandStatistics, seed: int) -> TileSource:
    """Return the scene with the levels of its bands after its channels, if it has none."""
    if level_places(source.channels) or ChangeLayout.of(source.channels) is not None:
        return source
    names = level_names(bands_to_read(source.channels, ()))
    wide = replace(source, channels=(*source.channels, *names))
    found = _sampled_statistics(wide, seed)
    of_levels = chosen_statistics(found, level_places(wide.channels))
    return replace(wide, levels=with_levels(trained, of_levels))


def _sampled_statistics(source: TileSource, seed: int) -> BandStatistics:
    places = sample_places(source.grid.shape, seed)
    return combine_moments(source.channels, (source.summarise(place).moments for place in places))


def mark_scene(source: TileSource, marks: Marks) -> tuple[MarkedGround, tuple[int, int]]:
    """Return the marks on the part of the grid around them, and its first row and column."""
    grid = source.grid
    landslides, bare, mapped = marks.in_crs(grid.crs.to_wkt())
    part = _part_around(np.concatenate([landslides, bare, mapped]), grid, marks.name)
    rows, columns = part
    size = (rows.stop - rows.start) * (columns.stop - columns.start)
    require_memory(
        float(size) * _BYTES_PER_PIXEL,
        f"the ground between the marks of {marks.name}",
        "mark places nearer to each other, or cut the scene",
    )
    ground = mark_ground(
        KeptPixels(ScenePixels(source, part)),
        grid.window(Window.from_slices(*part)),
        landslides.tolist(),
        bare.tolist(),
        mapped.tolist(),
        change=ChangeLayout.of(source.channels),
    )
    _tell_overlaps(landslides, bare, grid, marks.name)
    _require_both(ground, marks, source)
    return ground, (rows.start, columns.start)


def _part_around(shapes: Shapes, grid: Grid, name: str) -> Part:
    if not len(shapes):
        raise InventoryError(f"{name} has no polygon; mark landslides and bare ground")
    left, bottom, right, top = shapely.total_bounds(shapes)
    (first, start), (last, stop) = grid.pixel_of(left, top), grid.pixel_of(right, bottom)
    rows, columns = (
        slice(max(0, int(low) - _AROUND_PX), min(side, int(high) + _AROUND_PX))
        for low, high, side in ((first, last, grid.height), (start, stop, grid.width))
    )
    if rows.start >= rows.stop or columns.start >= columns.stop:
        raise InventoryError(f"{name} lies outside the scene; check its CRS")
    return rows, columns


def _tell_overlaps(landslides: Shapes, bare: Shapes, grid: Grid, name: str) -> None:
    """Tell of ground that is marked both ways, at least a pixel of it."""
    shared_m2 = shapely.area(
        shapely.intersection(shapely.union_all(landslides), shapely.union_all(bare))
    )
    if shared_m2 >= grid.pixel_area_m2:
        log.warning(
            "%s: %.4g m² lie both in a landslide and in a polygon of class %r, and count as"
            " landslide; correct one of them",
            name,
            shared_m2,
            NOT_LANDSLIDE,
        )


def _require_both(ground: MarkedGround, marks: Marks, source: TileSource) -> None:
    """Tell of marks without a pixel; raise InventoryError if there are too few to compare."""
    seen, bare = ground.landslides, ground.bare
    unseen_boxes = 0 if len(marks.mapped) else len(marks.bare) - bare
    for lost, one, many in (
        (len(marks.landslides) - seen, "landslide has", "landslides have"),
        (unseen_boxes, "box without landslides has", "boxes without landslides have"),
    ):
        if lost > 0:
            log.warning(
                "%s: %s no pixel in %s",
                marks.name,
                counted(lost, one, many),
                source.header.path.name,
            )
    if seen < _FEWEST:
        raise InventoryError(
            f"{marks.name} marks {counted(seen, 'landslide')} that the scene shows;"
            f" at least {_FEWEST} are needed, and ten are a good start"
        )
    if not bare:
        raise InventoryError(
            f"{marks.name} marks no ground without landslides; draw some boxes, and set their"
            f" column `class` to `{NOT_LANDSLIDE}`"
        )
