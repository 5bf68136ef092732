"""Prepare images and inventories: one grid, labels, split and band statistics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np

from slidelens.dataset.change_channels import leave_change
from slidelens.dataset.parts import PART_NAMES, TRAIN, UNKNOWN, block_numbers, margin_px
from slidelens.dataset.prepared import Prepared
from slidelens.dataset.standardisation import statistics_of
from slidelens.dataset.windowed_scene import parts_of
from slidelens.escaping import counted
from slidelens.geo.rasterise import rasterise, rasterise_ids
from slidelens.geo.rasters.scene import Scene, read_part
from slidelens.layers.elevation import read_elevation
from slidelens.params.schema import Params, SplitParams
from slidelens.study.images.change import EarlierImages, images_before_source, tells_change
from slidelens.study.images.channels import SLOPE, add_channels
from slidelens.study.images.normalisation import Normaliser, build_normaliser
from slidelens.study.images.registration import (
    Correction,
    Registrar,
    correct_inventory,
    log_correction,
    scene_reader,
    training_ground,
)
from slidelens.study.images.standardisation import (
    TrainingImage,
    standardised_like,
    window_beside_mosaics,
)
from slidelens.study.reading import RawData, RawDataReader
from slidelens.study.splitting.blocks import LandslideNumbers, split_side_px
from slidelens.study.splitting.labels import split_labels
from slidelens.study.splitting.pretraining import mask_shared_landslides, split_pretraining
from slidelens.study.splitting.split import home_parts, split_blocks
from slidelens.study.study import PreparationTarget, Study
from slidelens.types import Float32, UInt8


def prepare_targets(
    study: Study, params: Params, reader: RawDataReader | None = None
) -> Iterator[tuple[RawData, Prepared]]:
    """Yield the pretraining targets and each date, as read and as prepared, one at a time.

    Each file is read once. Besides one target at a time, only the inventories, the reference date
    and the training images of several sources stay in memory.

    Args:
        study: without problems.
        params: of the study and the split.
        reader: of the study's files, if some are read already.
    """
    assert study.sources  # guaranteed by require_sound
    reader = reader or RawDataReader(study.bands)
    split_map, side = _split_investigation_area(study, params, reader)
    registered, corrections = register_dates(study, params, split_map, reader)
    sources = []
    tiles_px = [source.tile_px for source in study.sources]
    window_px = window_beside_mosaics(tiles_px, params.study.standardise)
    for source in study.sources:
        raw, prepared = _prepare_source(study, source, params, reader, registered.targets)
        if not source.tile_px:
            prepared = replace(prepared, local_window_px=window_px)
        yield raw, prepared
        sources.append(TrainingImage.of(prepared, source.header.path))
    study = registered
    normaliser = build_normaliser(study, params, split_map, reader)
    heights = _read_heights(study, study.targets[0])
    image_paths = {target.name: target.header.path for target in study.targets}
    choice, earlier = params.study.standardise, EarlierImages(split_map == TRAIN)
    for target in study.targets:
        raw = _read_normalised(target, reader, normaliser)
        if tells_change(study):
            raw = _add_change(raw, study, earlier, normaliser)
        raw = _add_channels(raw, study, heights)
        prepared = _label(raw, split_map, params.split, side)
        prepared = replace(prepared, registration=corrections.get(target.name))
        image_path = image_paths[study.reference or target.name]
        yield raw, standardised_like(prepared, sources, image_path, choice)


def register_dates(
    study: Study, params: Params, split_map: UInt8, reader: RawDataReader
) -> tuple[Study, dict[str, dict[str, Any]]]:
    """Return a study whose dates lie on the reference date, and what was corrected of each.

    Args:
        study: Without problems.
        params: With `study.register`; none leaves the dates where they are.
        split_map: (height, width) part of each pixel of the dates.
        reader: Of the study's files.
    """
    if params.study.registration == "none":
        return study, {}
    registrar = Registrar(study, params, split_map, reader)
    targets, corrections = [], {}
    for target in study.targets:
        moved, correction = registrar.correct(target)
        log_correction(target, correction)
        targets.append(moved)
        corrections[target.name] = correction.as_json()
    return replace(study, targets=tuple(targets)), corrections


def _prepare_source(
    study: Study,
    target: PreparationTarget,
    params: Params,
    reader: RawDataReader,
    dates: Sequence[PreparationTarget],
) -> tuple[RawData, Prepared]:
    """Prepare a source, without the landslides that reach the investigation area."""
    investigation, split = study.targets[0], params.split
    polygons = reader.read_polygons(target)
    assert polygons is not None  # open_study requires an inventory
    split_map, side = split_pretraining(target, polygons, investigation, split)
    registration = None
    if params.study.registration != "none":
        ground = training_ground(split_map, target.tile_px)
        target, shift = correct_inventory(target, scene_reader(study)(target), ground, reader)
        correction = Correction(None, None, shift)
        log_correction(target, correction)
        registration = correction.as_json()
    raw = reader.read(target)
    if tells_change(study):
        earlier = images_before_source(target, dates, study.bands, split_map == TRAIN)
        raw = replace(raw, scene=earlier.add_change(target.name, raw.scene))
    raw = _add_channels(raw, study, _read_heights(study, target))
    prepared = replace(_label(raw, split_map, split, side), registration=registration)
    shared = mask_shared_landslides(raw, investigation, split)
    return raw, replace(prepared, labels=np.where(shared, np.uint8(UNKNOWN), prepared.labels))


def _read_normalised(
    target: PreparationTarget, reader: RawDataReader, normaliser: Normaliser | None
) -> RawData:
    """Read a target with the radiometry of the reference date, which is in memory already."""
    if normaliser is None:
        return reader.read(target)
    if target.name == normaliser.reference.target.name:
        return normaliser.reference
    return normaliser.normalise(reader.read(target))


def _add_change(
    raw: RawData, study: Study, earlier: EarlierImages, normaliser: Normaliser | None
) -> RawData:
    """Add the change since the earlier dates, and add the date to them."""
    target, scene = raw.target, raw.scene

    def read_again() -> Scene:
        again, _ = read_part(target.header, target.grid, study.bands)
        return again if normaliser is None else normaliser.apply(target.name, again)

    changed = earlier.add_change(target.name, scene)
    earlier.add(target.name, scene, read_again)
    return replace(raw, scene=changed)


def _read_heights(study: Study, target: PreparationTarget) -> Float32 | None:
    """Read the heights on the grid of a target, if a channel is computed from them."""
    if study.dem is None or SLOPE not in study.derived:
        return None
    return read_elevation(study.dem, target.grid)


def _add_channels(raw: RawData, study: Study, heights: Float32 | None) -> RawData:
    """Add the channels that are computed from bands and heights."""
    return replace(raw, scene=add_channels(raw.scene, (*study.bands, *study.derived), heights))


def _split_investigation_area(
    study: Study, params: Params, reader: RawDataReader
) -> tuple[UInt8, int]:
    """Return the (height, width) split map of all dates, and the side of its blocks, pixels.

    It is balanced on the dates of the split.
    """
    split, dates = params.split, params.split.dates or params.dates
    first = study.targets[0]
    grid, inside = first.grid, rasterise([first.aoi], first.grid)
    inventories = [reader.read_polygons(target) for target in study.targets if target.name in dates]
    numbers = LandslideNumbers([frame for frame in inventories if frame is not None], grid)
    side = split_side_px(split, grid, inside, numbers, first.tile_px)
    blocks = block_numbers(grid.shape, side)
    parts = split_blocks(blocks, inside, numbers, split.validation, split.test, split.seed)
    return parts, side


def _label(raw: RawData, split_map: UInt8, split: SplitParams, side: int) -> Prepared:
    """Label raw data and compute the band statistics of its train blocks."""
    grid, scene, target = raw.target.grid, raw.scene, raw.target
    train = scene.valid & (split_map == TRAIN)
    statistics = leave_change(
        statistics_of(scene.read, train, scene.bands, target.header.path.name, parts_of(scene))
    )
    del train
    if raw.inventory is None or raw.polygons is None:
        labels, inventory = np.full(grid.shape, UNKNOWN, np.uint8), None
    else:
        numbers = rasterise_ids(raw.polygons.geometry, grid)
        known = scene.valid if raw.known is None else scene.valid & raw.known
        labels = split_labels(numbers, split_map, known, margin_px(split, grid.pixel_m))
        homes = home_parts(numbers, split_map, len(raw.polygons))[raw.inventory.index]
        inventory = gpd.GeoDataFrame(
            {
                "area_m2": raw.inventory.area.round(1),
                "part": [PART_NAMES[part] for part in homes],
            },
            geometry=raw.inventory.geometry.values,
            crs=raw.inventory.crs,
        )
    return Prepared(
        scene=scene,
        labels=labels,
        split_map=split_map,
        statistics=statistics,
        inventory=inventory,
        tile_px=target.tile_px,
        block_px=side if split.block_m is None and not target.tile_px else None,
        mapped=raw.known,
        weight=target.weight,
        landslide_share=target.landslide_share,
    )


def scene_dtype(target: PreparationTarget, study: Study) -> str:
    """Return the data type of a prepared scene.

    It is that of integers which hold the file's bands, if their values are unchanged.
    """
    normalised = study.reference and not target.is_source and target.name != study.reference
    dtype = target.header.dtype_of(study.bands)
    integers = np.dtype(dtype).kind in "ui"
    return dtype if integers and not study.derived and not normalised else "float32"


def summarise(raw: RawData) -> str:
    """Return a summary of raw data for the log."""
    seen = f"{100 * raw.valid_share:.0f} % of the area seen"
    mapped = "not mapped" if raw.inventory is None else counted(len(raw.inventory), "landslide")
    return f"{raw.scene.grid.describe()}, {seen}, {mapped}"
