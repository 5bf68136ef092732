"""Prepare images and inventories: one grid, labels, split and band statistics."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

from slidelens.analysis.radiometry.drift import distance
from slidelens.dataset.parts import PART_NAMES, TRAIN, UNKNOWN, block_numbers, block_px
from slidelens.dataset.prepared import Prepared
from slidelens.dataset.standardisation import BandStatistics, compute_band_statistics
from slidelens.geo.rasterise import rasterise, rasterise_ids
from slidelens.layers.elevation import read_elevation
from slidelens.params.schema import Params, SplitParams
from slidelens.study.channels import SLOPE, add_channels
from slidelens.study.labels import split_labels
from slidelens.study.normalisation import normaliser, read_reference, read_target, subsample
from slidelens.study.reading import RawData, read_polygons
from slidelens.study.split import home_parts, split_blocks
from slidelens.study.study import PreparationTarget, Study
from slidelens.types import Float32, Mask, UInt8

NEAR = 0.25  # sliced Wasserstein distance, in standard deviations, below which two images are in one light
_MOST_PIXELS = 40_000  # enough for quantiles to two digits

log = logging.getLogger(__name__)


def prepare_targets(study: Study, params: Params) -> Iterator[tuple[RawData, Prepared]]:
    """The pretraining ground and each date's, as read and as prepared, one at a time. study: without problems."""
    assert study.pretrain is not None  # a sound study has one
    split = params.split
    parts = split_ground(study.grounds, split.dates or params.dates, split)
    material = _extended(read_target(study.pretrain, study, params), study)
    first = label(material, _first_event_parts(study, study.grounds[0], split), split)
    first = replace(
        first,
        labels=np.where(
            _astride(material, study.grounds[0], split), np.uint8(UNKNOWN), first.labels
        ),
    )
    yield material, first
    relit = normaliser(study, params, parts, read_reference(study, params))
    paths = {ground.name: ground.header.path for ground in study.grounds}
    for ground in study.grounds:
        material = _extended(relit(read_target(ground, study, params)), study)
        prepared = label(material, parts, split)
        same_image = paths[study.reference or ground.name] == study.pretrain.header.path
        used, wanted = (
            choose_standardisation(prepared, first, same_image, params.study.standardise),
            params.study.standardise,
        )
        yield (
            material,
            replace(prepared, statistics=used, local_window_px=_around_px(prepared, first, wanted)),
        )


def _extended(material: RawData, study: Study) -> RawData:
    """With the channels that are computed from its bands and heights."""
    heights = (
        read_elevation(study.dem, material.scene.grid)
        if study.dem and SLOPE in study.derived
        else None
    )
    return replace(
        material, scene=add_channels(material.scene, (*study.bands, *study.derived), heights)
    )


def split_ground(
    grounds: tuple[PreparationTarget, ...], dates: tuple[str, ...], split: SplitParams
) -> UInt8:
    """The part of each pixel of the investigation area, the same at every date, balanced on the landslides of `dates`."""
    grid, inside = grounds[0].grid, rasterise([grounds[0].aoi], grounds[0].grid)
    inventories = [read_polygons(ground) for ground in grounds if ground.name in dates]
    numbers = [
        rasterise_ids(inventory.geometry, grid)
        for inventory in inventories
        if inventory is not None
    ]
    blocks = block_numbers(grid.shape, block_px(split, grid.pixel_m, grounds[0].tile_px))
    return split_blocks(blocks, inside, numbers, split.validation, split.test, split.seed)


def _first_event_parts(study: Study, investigation: PreparationTarget, split: SplitParams) -> UInt8:
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
    numbers = rasterise_ids(inventory.geometry, ground.grid)
    blocks = block_numbers(ground.grid.shape, block_px(split, ground.grid.pixel_m, ground.tile_px))
    return split_blocks(blocks, inside & ~overlap, [numbers], split.validation, 0, split.seed)


def _footprint(investigation: PreparationTarget, ground: PreparationTarget) -> Mask:
    return rasterise(_area(investigation, ground), ground.grid)


def _area(investigation: PreparationTarget, ground: PreparationTarget) -> gpd.GeoSeries:
    """The investigation area in another ground's CRS."""
    return gpd.GeoSeries([investigation.aoi], crs=investigation.grid.crs).to_crs(ground.grid.crs)


def _astride(material: RawData, investigation: PreparationTarget, split: SplitParams) -> Mask:
    """Pretraining landslides that reach into the investigation area, with a margin: what is learnt of them would be scored there."""
    grid, polygons = material.ground.grid, material.polygons
    assert polygons is not None  # open_study has made sure
    astride = polygons[polygons.intersects(_area(investigation, material.ground).iloc[0])]
    if astride.empty:
        return np.zeros(grid.shape, bool)
    log.warning(
        "%d landslides of the pretraining reach into the investigation area and are left out of pretraining",
        len(astride),
    )
    ground, margin = rasterise(astride.geometry, grid), round(split.margin_m / grid.pixel_m)
    return binary_dilation(ground, iterations=margin) if margin else ground


def choose_standardisation(
    prepared: Prepared, first: Prepared, same_image: bool, wanted: str
) -> BandStatistics:
    """By which means and deviations a date's image is standardised; all of train blocks, its own or those of the pretraining ground.

    An image in the light of the training image (the very same one, or a near one) is standardised like it: statistics of its own would
    take another land cover for another light. Of one farther off the means are taken away, as haze and season shift them, but the spread
    stays that of the training image: it is the land's, and stretching it makes landslides of snow and fields.
    """
    own, training = prepared.statistics, first.statistics
    if wanted == "own" or prepared.tile_px or first.tile_px:
        return own
    if (
        wanted == "training"
        or same_image
        or distance(train_pixels(first), train_pixels(prepared)) < NEAR
    ):
        return training
    return replace(own, deviation=training.deviation)


def _around_px(prepared: Prepared, first: Prepared, wanted: str) -> int | None:
    """An image is standardised like the tiles of the mosaic that was pretrained on: each part of it by what lies around."""
    return first.tile_px if wanted == "auto" and not prepared.tile_px else None


def train_pixels(ground: Prepared, pixels: Float32 | None = None) -> NDArray[np.float64]:
    """Valid pixels of the train blocks: (pixels, bands), at most _MOST_PIXELS of them, the same at every call.

    pixels: (height, width, bands) of the ground, None for the scene's own
    """
    chosen = ground.scene.pixels if pixels is None else pixels
    return subsample(chosen[ground.scene.valid & (ground.split_map == TRAIN)], _MOST_PIXELS)


def label(material: RawData, parts: UInt8, split: SplitParams) -> Prepared:
    """A ground with its labels and the statistics of its train blocks."""
    grid, scene, inventory, polygons = (
        material.ground.grid,
        material.scene,
        material.inventory,
        material.polygons,
    )
    band_statistics = compute_band_statistics(
        scene.pixels, scene.valid & (parts == TRAIN), scene.bands, material.ground.header.path.name
    )
    if inventory is None or polygons is None:
        return Prepared(
            scene,
            np.full(grid.shape, 255, np.uint8),
            parts,
            band_statistics,
            None,
            material.ground.tile_px,
        )
    numbers = rasterise_ids(polygons.geometry, grid)
    labels = split_labels(numbers, parts, scene.valid, round(split.margin_m / grid.pixel_m))
    homes = [
        PART_NAMES[part] for part in home_parts(numbers, parts, len(polygons))[inventory.index]
    ]
    table = gpd.GeoDataFrame(
        {"area_m2": inventory.area.round(1), "part": homes},
        geometry=inventory.geometry.values,
        crs=inventory.crs,
    )
    return Prepared(scene, labels, parts, band_statistics, table, material.ground.tile_px)
