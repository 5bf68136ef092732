"""Adapt trained weights to a scene with a handful of marks."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import shapely
from rasterio.windows import Window

from slidelens.api.adaptation.result import Adaptation
from slidelens.api.adaptation.scene_marks import mark_scene, standardise_source
from slidelens.api.generic import is_generic, network_of
from slidelens.api.inputs.inventories import PathLike
from slidelens.api.mapping.preparation import open_source
from slidelens.api.network import Network
from slidelens.api.scene import SceneFile, open_for
from slidelens.errors import InventoryError, ParamsError, SceneError
from slidelens.geo.grid import Grid
from slidelens.geo.windowed import whole
from slidelens.layers.marks import Marks, read_marks
from slidelens.learning.adaptation.adapt import adapt_network
from slidelens.learning.adaptation.sample import take_sample
from slidelens.learning.adaptation.scene_pixels import ScenePixels
from slidelens.learning.adaptation.suggestions import BOX_PX, Suggestion, suggest_boxes
from slidelens.learning.adaptation.training import load_for_training
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.learning.tiling.identity import weights_digest
from slidelens.study.images.channels import SLOPE

log = logging.getLogger(__name__)

_MOST_SUGGESTIONS = 1000


def adapt(
    scene: SceneFile | PathLike,
    labels: PathLike | gpd.GeoDataFrame,
    weights: Network | PathLike | None = None,
    *,
    suggest: int = 10,
    dem: PathLike | None = None,
    before: PathLike | None = None,
    seed: int = 1,
) -> Adaptation:
    """Adapt trained weights to a scene of which a few landslides and bare places are marked.

    A classifier of single pixels, fitted to the marks, is put beside the network, unless marks held
    back show that the map gets worse. Then the weights as they are, with another threshold and
    calibration, and after a short training on the marks are compared; they stay as they are unless
    another is clearly better.

    Args:
        scene: A scene whose bands have the names that the network was trained on.
        labels: Polygons of landslides; of column `class` or layer `not landslide`: ground without
            any; of a layer `mapped`: where every landslide is marked. All else is unknown.
        weights: The weights to start from; by default the generic weights of the package, for
            images with the bands red, green and blue (see `generic_weights`).
        suggest: Number of boxes to suggest for marking next.
        dem: Elevation raster, for networks that use slope.
        before: Earlier image of the ground, for networks that use the change since it.
        seed: Seed of the training and of the draws.

    Raises:
        InventoryError: The marks cannot be read, lie outside the scene, are of one kind, or tell
            only where a map was wrong.
        SceneError: The scene lacks bands or valid pixels.
        WeightsError: The weights cannot be read.
        ParamsError: A number is out of range, or heights are given to a network without slope.
    """
    _check_numbers(suggest, seed)
    network = network_of(weights)
    if dem is not None and SLOPE not in network.bands:
        weights = "the generic weights were" if is_generic(network) else f"{network.path} was"
        raise ParamsError(f"dem (--dem) has no use: {weights} not trained with slope; leave it out")
    scene = open_for(scene, network)
    marks = _read_marks(labels)
    paths = [None if path is None else Path(path) for path in (dem, before)]
    source = standardise_source(open_source(scene, network, *paths), network, seed)
    ground, corner = mark_scene(source, marks)
    sample = take_sample(ScenePixels(source, whole(source.grid.shape)), seed)
    if not len(sample.pixels):
        raise SceneError(f"{scene.path} has hardly a valid pixel; give another scene")
    quiet_tensorflow()
    model = load_for_training(network.path, network.metadata)
    metadata = network.metadata
    if source.statistics is not None:
        metadata = replace(metadata, statistics=source.statistics)
    adapted = adapt_network(
        model,
        metadata,
        weights_digest(network.path),
        ground,
        sample,
        seed,
        scene.path.name,
        channels=source.levels if source.local_window_px else None,
    )
    own = len(adapted.metadata.statistics.bands)
    ground, sample = ground.first_channels(own), sample.first_channels(own)
    boxes = suggest_boxes(adapted.network, adapted.metadata, ground, corner, sample, suggest)
    for doubt in adapted.doubts:
        log.warning("the score is not to be trusted: %s", doubt)
    return Adaptation(
        chosen=adapted.chosen,
        landslides=ground.landslides,
        bare=ground.bare,
        score=adapted.score,
        start=adapted.start,
        landslide_share=adapted.share,
        doubts=adapted.doubts,
        suggestions=_as_frame(boxes, source.grid),
        metadata=adapted.metadata,
        network=adapted.network,
        inputs=(scene.path, network.path, *filter(None, paths), *_files(labels)),
    )


def _read_marks(labels: PathLike | gpd.GeoDataFrame) -> Marks:
    marks = read_marks(labels)
    if marks.only_corrections:
        raise InventoryError(
            f"{marks.name} tells hardly more than where a map was wrong, and weights adapted"
            " to that forget what was right; review again with ground that you looked at"
            " as a whole, reviewed (--reviewed), or with accept_unchanged (--accept-unchanged)"
        )
    return marks


def _check_numbers(suggest: int, seed: int) -> None:
    if not 0 <= suggest <= _MOST_SUGGESTIONS:
        raise ParamsError(f"suggest (--suggest) is {suggest}; give 0 to {_MOST_SUGGESTIONS}")
    if not 0 <= seed < 2**32:
        raise ParamsError(f"seed (--seed) is {seed}; give a whole number from 0 to 2³² − 1")


def _files(labels: PathLike | gpd.GeoDataFrame) -> list[Path]:
    return [] if isinstance(labels, gpd.GeoDataFrame) else [Path(labels)]


def _as_frame(boxes: list[Suggestion], grid: Grid) -> gpd.GeoDataFrame:
    """Return suggestions as polygons, the first to mark first."""
    windows = [Window(box.column, box.row, BOX_PX, BOX_PX) for box in boxes]
    shapes = [shapely.box(*grid.window(window).bounds) for window in windows]
    columns = {
        name: [getattr(box, name) for box in boxes]
        for name in ("reason", "probability", "unsureness", "difference")
    }
    rank = list(range(1, len(boxes) + 1))
    return gpd.GeoDataFrame({"rank": rank, **columns}, geometry=shapes, crs=grid.crs.to_wkt())
