"""Stage `prepare`: every image and inventory onto one metric grid, with labels, a split and band statistics."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

from slidelens.analysis.drift import distance
from slidelens.errors import SlidelensError
from slidelens.files import writing_folder
from slidelens.geo.derived import SLOPE, extended
from slidelens.geo.mask import number, rasterise
from slidelens.geo.prepared import Prepared, write_prepared
from slidelens.geo.radiometry import Statistics, statistics
from slidelens.geo.scene import Floats, Mask
from slidelens.geo.study import PRETRAIN, Ground, Material, Study, open_study, read_polygons
from slidelens.geo.terrain import read_elevation, write_terrain
from slidelens.learning.light import read_ground, read_reference, relighting, thinned
from slidelens.learning.split import PART_NAMES, TRAIN, UNKNOWN, Bytes, block_numbers, block_px, home_parts, split_blocks, split_labels
from slidelens.params import Params, Split, load_params
from slidelens.run import run

log = logging.getLogger(__name__)

NEAR = 0.25  # sliced Wasserstein distance, in standard deviations, below which two images are in one light
_MOST_PIXELS = 40_000  # enough for quantiles to two digits


def main(argv: list[str] | None = None) -> int:
    """Prepare the study of params.yaml into data/prepared."""
    parser = argparse.ArgumentParser(prog="prepare", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("data/prepared"))
    arguments = parser.parse_args(argv)
    return run("prepare", lambda: prepare(load_params(), arguments.out))


def prepare(params: Params, folder: Path) -> None:
    """Write folder/<date> for each date, folder/pretrain and folder/terrain; all of them or none."""
    study = require_sound(open_study(params))
    with writing_folder(folder) as temporary:
        for material, prepared in prepared_grounds(study, params):
            write_prepared(prepared, temporary / material.ground.name, _kept_type(material.ground, study))
            log.info("prepare %s: %s", material.ground.name, _summary(material))
        write_terrain(study.dem, study.grounds[0].grid, temporary / "terrain")
        log.info("prepare: %s", f"heights from {study.dem}" if study.dem else "no height model")


def prepared_grounds(study: Study, params: Params) -> Iterator[tuple[Material, Prepared]]:
    """The pretraining ground and each date's, as read and as prepared, one at a time. study: without problems"""
    assert study.pretrain is not None  # a sound study has one
    split = params.split
    parts = split_ground(study.grounds, split.dates or params.dates, split)
    material = _extended(read_ground(study.pretrain, study, params), study)
    first = labelled(material, _first_event_parts(study, study.grounds[0], split), split)
    first = replace(first, labels=np.where(_astride(material, study.grounds[0], split), np.uint8(UNKNOWN), first.labels))
    yield material, first
    relit = relighting(study, params, parts, read_reference(study, params))
    paths = {ground.name: ground.header.path for ground in study.grounds}
    for ground in study.grounds:
        material = _extended(relit(read_ground(ground, study, params)), study)
        prepared = labelled(material, parts, split)
        same_image = paths[study.reference or ground.name] == study.pretrain.header.path
        used, wanted = standardisation(prepared, first, same_image, params.study.standardise), params.study.standardise
        yield material, replace(prepared, statistics=used, around_px=_around_px(prepared, first, wanted))


def require_sound(study: Study) -> Study:
    """The study, its notes logged. Raises SlidelensError with the first problem and how many more there are."""
    for note in study.notes:
        log.warning("%s", note)
    if study.problems:
        more = len(study.problems) - 1
        raise SlidelensError(study.problems[0] + (f" (and {more} more: see `slidelens check`)" if more else ""))
    return study


def _extended(material: Material, study: Study) -> Material:
    """With the channels that are computed from its bands and heights."""
    heights = read_elevation(study.dem, material.scene.grid) if study.dem and SLOPE in study.derived else None
    return replace(material, scene=extended(material.scene, (*study.bands, *study.derived), heights))


def split_ground(grounds: tuple[Ground, ...], dates: tuple[str, ...], split: Split) -> Bytes:
    """The part of each pixel of the investigation area, the same at every date, balanced on the landslides of `dates`."""
    grid, inside = grounds[0].grid, rasterise([grounds[0].aoi], grounds[0].grid)
    inventories = [read_polygons(ground) for ground in grounds if ground.name in dates]
    numbers = [number(inventory.geometry, grid) for inventory in inventories if inventory is not None]
    blocks = block_numbers(grid.shape, block_px(split, grid.pixel_m, grounds[0].tile_px))
    return split_blocks(blocks, inside, numbers, split.validation, split.test, split.seed)


def _first_event_parts(study: Study, investigation: Ground, split: Split) -> Bytes:
    """Train and validation blocks of the pretraining area, without any ground of the investigation area."""
    ground = study.pretrain
    assert ground is not None
    inside = rasterise([ground.aoi], ground.grid)
    overlap = inside & _footprint(investigation, ground)
    if overlap.any():
        log.warning(
            "the pretraining area overlaps the investigation area; %.1f %% of it is left out of pretraining",
            100 * overlap.sum() / inside.sum(),
        )
    inventory = read_polygons(ground)
    assert inventory is not None  # open_study has made sure
    numbers = number(inventory.geometry, ground.grid)
    blocks = block_numbers(ground.grid.shape, block_px(split, ground.grid.pixel_m, ground.tile_px))
    return split_blocks(blocks, inside & ~overlap, [numbers], split.validation, 0, split.seed)


def _footprint(investigation: Ground, ground: Ground) -> Mask:
    return rasterise(_area(investigation, ground), ground.grid)


def _area(investigation: Ground, ground: Ground) -> gpd.GeoSeries:
    """The investigation area in another ground's CRS."""
    return gpd.GeoSeries([investigation.aoi], crs=investigation.grid.crs).to_crs(ground.grid.crs)


def _astride(material: Material, investigation: Ground, split: Split) -> Mask:
    """Pretraining landslides that reach into the investigation area, with a margin: what is learnt of them would be scored there."""
    grid, polygons = material.ground.grid, material.polygons
    assert polygons is not None  # open_study has made sure
    astride = polygons[polygons.intersects(_area(investigation, material.ground).iloc[0])]
    if astride.empty:
        return np.zeros(grid.shape, bool)
    log.warning("%d landslides of the pretraining reach into the investigation area and are left out of pretraining", len(astride))
    ground, margin = rasterise(astride.geometry, grid), round(split.margin_m / grid.pixel_m)
    return binary_dilation(ground, iterations=margin) if margin else ground


def standardisation(prepared: Prepared, first: Prepared, same_image: bool, wanted: str) -> Statistics:
    """By which means and deviations a date's image is standardised; all of train blocks, its own or those of the pretraining ground.

    An image in the light of the training image (the very same one, or a near one) is standardised like it: statistics of its own would
    take another land cover for another light. Of one farther off the means are taken away, as haze and season shift them, but the spread
    stays that of the training image: it is the land's, and stretching it makes landslides of snow and fields.
    """
    own, training = prepared.statistics, first.statistics
    if wanted == "own" or prepared.tile_px or first.tile_px:
        return own
    if wanted == "training" or same_image or distance(train_pixels(first), train_pixels(prepared)) < NEAR:
        return training
    return replace(own, deviation=training.deviation)


def _around_px(prepared: Prepared, first: Prepared, wanted: str) -> int | None:
    """An image is standardised like the tiles of the mosaic that was pretrained on: each part of it by what lies around."""
    return first.tile_px if wanted == "auto" and not prepared.tile_px else None


def train_pixels(ground: Prepared, pixels: Floats | None = None) -> NDArray[np.float64]:
    """Valid pixels of the train blocks: (pixels, bands), at most _MOST_PIXELS of them, the same at every call.

    pixels: (height, width, bands) of the ground, None for the scene's own
    """
    chosen = ground.scene.pixels if pixels is None else pixels
    return thinned(chosen[ground.scene.valid & (ground.parts == TRAIN)], _MOST_PIXELS)


def labelled(material: Material, parts: Bytes, split: Split) -> Prepared:
    """A ground with its labels and the statistics of its train blocks."""
    grid, scene, inventory, polygons = material.ground.grid, material.scene, material.inventory, material.polygons
    band_statistics = statistics(scene.pixels, scene.valid & (parts == TRAIN), scene.bands, material.ground.header.path.name)
    if inventory is None or polygons is None:
        return Prepared(scene, np.full(grid.shape, 255, np.uint8), parts, band_statistics, None, material.ground.tile_px)
    numbers = number(polygons.geometry, grid)
    labels = split_labels(numbers, parts, scene.valid, round(split.margin_m / grid.pixel_m))
    homes = [PART_NAMES[part] for part in home_parts(numbers, parts, len(polygons))[inventory.index]]
    table = gpd.GeoDataFrame({"area_m2": inventory.area.round(1), "part": homes}, geometry=inventory.geometry.values, crs=inventory.crs)
    return Prepared(scene, labels, parts, band_statistics, table, material.ground.tile_px)


def _kept_type(ground: Ground, study: Study) -> str:
    """The file's own integers, where pixels are the file's own."""
    changed = study.derived or (study.reference and ground.name not in (study.reference, PRETRAIN))
    return ground.header.dtype if np.dtype(ground.header.dtype).kind in "ui" and not changed else "float32"


def _summary(material: Material) -> str:
    seen = 100 * (material.scene.valid & material.inside).sum() / material.inside.sum()
    mapped = "not mapped" if material.inventory is None else f"{len(material.inventory)} landslides"
    return f"{material.scene.grid.describe()}, {seen:.0f} % of the area seen, {mapped}"


if __name__ == "__main__":
    sys.exit(main())
