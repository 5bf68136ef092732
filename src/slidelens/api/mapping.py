"""Map the landslides of a scene."""

from __future__ import annotations

import logging
import math
from dataclasses import replace
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import shapely

from slidelens.analysis.outlines.vectorise import vectorise
from slidelens.api.inputs import PathLike
from slidelens.api.landslide_map import LandslideMap
from slidelens.api.network import Network, load_weights
from slidelens.api.scene import SceneFile, open_scene
from slidelens.dataset.standardisation import (
    BandStatistics,
    compute_band_statistics,
    standardise_locally,
)
from slidelens.dataset.standardisation import standardise as standardise_pixels
from slidelens.errors import ParamsError, SceneError
from slidelens.geo.grid import Grid, covering_grid
from slidelens.geo.rasters.scene import Header, Scene, pixel_size_m, read_on_grid
from slidelens.layers.elevation import read_elevation
from slidelens.layers.metric import metric_crs
from slidelens.learning.inference.thresholds import expected_threshold
from slidelens.learning.mapping.landslides import fragment_joiner
from slidelens.learning.mapping.prediction import predict_pixels
from slidelens.params.schema import EvaluateParams
from slidelens.resources import require_memory
from slidelens.study.channels import SLOPE, add_channels, bands_to_read
from slidelens.types import Float32

log = logging.getLogger(__name__)

EXPECTED = "expected"
Standardisation = Literal["weights", "means", "scene"]
STANDARDISATIONS = ("weights", "means", "scene")
_COARSE_RATIO = 1.5  # from this ratio of scene pixel to trained pixel on, maps are poor
_SMALLEST_WINDOW_PX = 64
_BYTES_PER_VALUE = 8  # of a band: as read and standardised
_BYTES_OF_MAP = 16  # of a pixel: probability, deviation, output and masks
_BYTES_PER_FILTER = 12  # of a window's pixel: three layers at full resolution, at least
_LARGE_SHIFT = 1.0  # standard deviations of a band's mean from that of the training data


def map_scene(
    scene: SceneFile | PathLike,
    network: Network | PathLike,
    *,
    dem: PathLike | None = None,
    threshold: float | Literal["expected"] | None = None,
    min_area_m2: float = 200.0,
    merge_fragments: bool = True,
    standardise: Standardisation = "weights",
    window: int = 2048,
) -> LandslideMap:
    """Map the landslides of a scene with trained weights.

    Args:
        scene: A scene whose bands have the names that the network was trained on.
        network: A network or its weights file.
        dem: Elevation raster, for merging down the slope and for networks that use slope.
        threshold: Probability from which a pixel is landslide; by default that of the weights;
            "expected" for the best expected F1 of this map.
        min_area_m2: Fragments smaller than this are left out.
        merge_fragments: Merge the fragments of a landslide as the pipeline does.
        standardise: Standardise bands by the training data ("weights"), by the scene's means
            ("means"), or by its means and standard deviations ("scene").
        window: Largest side predicted at once, pixels; it bounds memory.

    Raises:
        ParamsError: If an option is out of range.
        SceneError: If the scene lacks bands or valid pixels.
        WeightsError: If the weights cannot be read.
    """
    _require_options(threshold, min_area_m2, standardise, window)
    network = network if isinstance(network, Network) else load_weights(network)
    scene = scene if isinstance(scene, SceneFile) else open_scene(scene)
    grid = metric_grid(scene.header, network.pixel_m)
    _require_room(grid, network, min(window, max(grid.shape)))
    _warn_of_coarse_pixels(scene.header, grid)
    elevation_m = None if dem is None else read_elevation(Path(dem), grid)
    image = _read_channels(scene, grid, network, elevation_m)
    pixels = _standardise(image, network, standardise, str(scene.path))
    log.info("mapping %s …", grid.describe())
    prediction = predict_pixels(pixels, network.metadata, network.predictor, window)
    level = _choose_threshold(threshold, network, prediction.probability[image.valid])
    join = (
        fragment_joiner(EvaluateParams(), grid, prediction.probability, level, elevation_m)
        if merge_fragments
        else None
    )
    outlines = vectorise(prediction.probability, image.valid, grid, level, min_area_m2, join=join)
    return LandslideMap(
        probability=prediction.probability,
        uncertainty=prediction.deviation,
        valid=image.valid,
        grid=grid,
        threshold=level,
        landslides=outlines.landslides,
        scene=scene.path.name,
        weights=network.path.name,
    )


def _require_options(threshold: object, min_area_m2: float, standardise: str, window: int) -> None:
    if isinstance(threshold, float | int) and not 0 < threshold < 1:
        raise ParamsError(f"threshold is {threshold:g}; give a number between 0 and 1")
    if isinstance(threshold, str) and threshold != EXPECTED:
        raise ParamsError(f"threshold is {threshold}; give a number or `{EXPECTED}`")
    if not 0 <= min_area_m2 < math.inf:
        raise ParamsError(f"min_area_m2 is {min_area_m2:g}; give an area of 0 m² or more")
    if standardise not in STANDARDISATIONS:
        raise ParamsError(
            f"standardise is {standardise}; give one of {', '.join(STANDARDISATIONS)}"
        )
    if window < _SMALLEST_WINDOW_PX:
        raise ParamsError(f"window is {window}; give {_SMALLEST_WINDOW_PX} pixels or more")


def _require_room(grid: Grid, network: Network, window_px: int) -> None:
    """Raise ResourceError unless a map on the grid and its windows fit into memory.

    Args:
        grid: Grid of the map.
        network: The network.
        window_px: Side of a window, pixels.
    """
    require_memory(
        float(grid.height) * grid.width * (_BYTES_PER_VALUE * len(network.bands) + _BYTES_OF_MAP),
        f"a map of {grid.describe()}",
        "cut the scene (`gdal_translate -projwin`)",
    )
    filters = network.metadata.filters
    require_memory(
        float(window_px) ** 2 * filters * _BYTES_PER_FILTER,
        f"a window of {window_px} × {window_px} pixels in a network of {filters} filters",
        "give a smaller --window",
    )


def _choose_threshold(
    threshold: float | str | None, network: Network, probability: Float32
) -> float:
    if threshold is None:
        return network.threshold
    return expected_threshold(probability) if isinstance(threshold, str) else threshold


def _warn_of_coarse_pixels(header: Header, grid: Grid) -> None:
    pixel_m = pixel_size_m(header, grid.crs)
    if pixel_m > _COARSE_RATIO * grid.pixel_m:
        log.warning(
            "%s has pixels of %.3g m, the weights were trained on %.3g m: expect a poor map",
            header.path,
            pixel_m,
            grid.pixel_m,
        )


def metric_grid(header: Header, pixel_m: float) -> Grid:
    """Return the scene's grid if it is metric with this pixel, else a metric grid over it."""
    grid = header.grid
    outline = gpd.GeoDataFrame(geometry=[shapely.box(*grid.bounds)], crs=grid.crs)
    crs = metric_crs(outline, header.path.name)
    if crs == grid.crs and abs(grid.transform.a - pixel_m) < 1e-3 * pixel_m and grid.is_square:
        return grid
    return covering_grid(header.bounds_in(crs), crs, pixel_m)


def _read_channels(
    scene: SceneFile, grid: Grid, network: Network, elevation_m: Float32 | None
) -> Scene:
    """Read the channels of the network; compute those that the file lacks."""
    bands = bands_to_read(network.bands, scene.bands)
    if SLOPE in network.bands and SLOPE not in bands and elevation_m is None:
        raise SceneError(
            f"{network.path} were trained with slope, which {scene.path} does not have; "
            "give heights with --dem"
        )
    image = read_on_grid(scene.header, grid, bands)
    if note := scene.header.zeros_note(image, image.valid):
        log.warning("%s", note)
    if not image.valid.any():
        raise SceneError(
            f"{scene.path} has no valid pixel; every pixel is nodata or NaN "
            f"in at least one of {', '.join(bands)}"
        )
    return add_channels(image, network.bands, elevation_m)


def _standardise(image: Scene, network: Network, how: Standardisation, name: str) -> Float32:
    trained, side = network.metadata.statistics, network.metadata.local_window_px
    own = compute_band_statistics(image.pixels, image.valid, image.bands, name)
    if how == "scene":
        return standardise_pixels(image.pixels, image.valid, own)
    if how == "means":
        means = replace(own, deviation=trained.deviation)
        return standardise_pixels(image.pixels, image.valid, means)
    if side:
        return standardise_locally(image.pixels, image.valid, side)
    _warn_of_shift(own, trained, name)
    return standardise_pixels(image.pixels, image.valid, trained)


def _warn_of_shift(own: BandStatistics, trained: BandStatistics, name: str) -> None:
    shifts = (np.array(own.mean) - trained.mean) / trained.deviation
    band = int(np.abs(shifts).argmax())
    if abs(shifts[band]) > _LARGE_SHIFT:
        log.warning(
            "%s: the mean of %s is %+.1f standard deviations from that of the training data; "
            "other illumination or units? see --standardise",
            name,
            own.bands[band],
            shifts[band],
        )
