"""`slidelens map`: a scene that no network has seen, and weights that the pipeline wrote → probability map and inventory."""

from __future__ import annotations

import argparse
import logging
import math
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from slidelens.analysis.outlines.vectorise import vectorise
from slidelens.dataset.standardisation import (
    BandStatistics,
    compute_band_statistics,
    standardise,
    standardise_locally,
)
from slidelens.errors import OutputError, SceneError
from slidelens.files import atomic_write_folder, json_text
from slidelens.geo.grid import Grid, covering_grid
from slidelens.geo.raster import Header, Scene, pixel_size_m, read_header, read_on_grid
from slidelens.geo.vector import write_inventory
from slidelens.layers.elevation import read_elevation
from slidelens.layers.metric import metric_crs
from slidelens.layers.probability import write_probability
from slidelens.learning.inference.thresholds import expected_threshold
from slidelens.learning.inference.weights import WeightsMetadata, read_weights_metadata
from slidelens.learning.mapping.landslides import fragment_joiner
from slidelens.learning.mapping.prediction import Prediction, predict_pixels
from slidelens.params.schema import EvaluateParams
from slidelens.study.channels import SLOPE, add_channels, bands_to_read
from slidelens.types import Float32

log = logging.getLogger(__name__)

EXPECTED = "expected"
_COARSER = 1.5  # times the weights' pixel, from which a scene's are too coarse for them
_OTHER_LIGHT = (
    1.0  # standard deviations by which a band's mean may be off that of the training ground
)


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "map", help="map a new scene with weights that the pipeline wrote", description=__doc__
    )
    parser.add_argument(
        "scene", type=Path, help="image whose bands have the names that the weights were trained on"
    )
    parser.add_argument("--weights", type=Path, required=True, help="models/*.weights.h5")
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        required=True,
        help="new folder for probability.tif and inventory.gpkg",
    )
    parser.add_argument(
        "--bands",
        nargs="+",
        default=[],
        metavar="NAME",
        help="names of the file's bands in order, where it does not name them",
    )
    parser.add_argument(
        "--dem",
        type=Path,
        help="heights: which way pieces are joined, and slope for weights that were trained with it",
    )
    parser.add_argument(
        "--threshold",
        type=_threshold,
        help="probability from which a pixel is landslide (default: the weights' own), or `expected`: best expected F1 of the map itself, "
        "for an image with landslides far from the training ground",
    )
    parser.add_argument(
        "--min-area-m2",
        type=_area,
        default=200.0,
        help="leave out smaller pieces (default: %(default)g)",
    )
    parser.add_argument(
        "--pieces",
        action="store_true",
        help="leave the pieces of a landslide apart, which are else joined as in the pipeline",
    )
    parser.add_argument(
        "--standardise",
        choices=["weights", "means", "scene"],
        default="weights",
        help="bands as on the training ground; by this scene's own means where its light differs (haze, season); "
        "by its means and deviations where its sensor does (default: %(default)s)",
    )
    parser.add_argument(
        "--window",
        type=int,
        default=2048,
        help="most pixels a side predicted at once; memory, not results (default: %(default)s)",
    )
    parser.set_defaults(run=map_scene)


def _threshold(text: str) -> float | str:
    if text == EXPECTED:
        return text
    with suppress(ValueError):
        if 0 < (value := float(text)) < 1:
            return value
    raise argparse.ArgumentTypeError(f"{text} is neither between 0 and 1 nor `{EXPECTED}`")


def _area(text: str) -> float:
    with suppress(ValueError):
        if 0 <= (value := float(text)) < math.inf:
            return value
    raise argparse.ArgumentTypeError(f"{text} is not an area of 0 m² or more")


def map_scene(arguments: argparse.Namespace) -> int:
    """Write the map and the inventory; print a summary as JSON."""
    card = read_weights_metadata(arguments.weights)
    header = read_header(arguments.scene, arguments.bands)
    _require_new(arguments.out)
    _require_own_names(header, arguments.bands)
    grid = metric_grid(header, card.pixel_m)
    _warn_of_coarse_pixels(header, grid)
    heights = read_elevation(arguments.dem, grid) if arguments.dem else None
    scene = _scene(header, grid, card.statistics.bands, heights, arguments)
    found = _mapped(scene, card, arguments)
    threshold = (
        expected_threshold(found.probability[scene.valid])
        if arguments.threshold == EXPECTED
        else arguments.threshold or card.threshold
    )
    inventory = _outlined(found.probability, scene, threshold, heights, arguments)
    with atomic_write_folder(arguments.out) as folder:
        tags = {"SCENE": header.path.name, "WEIGHTS": arguments.weights.name}
        write_probability(
            found.probability, scene.valid, grid, folder / "probability.tif", tags, found.deviation
        )
        write_inventory(inventory, folder / "inventory.gpkg")
    mapped_km2 = scene.valid.sum() * grid.pixel_area_m2 / 1e6
    print(
        json_text(
            {
                "landslides": len(inventory),
                "area_m2": float(inventory.area.sum()),
                "mapped_km2": float(mapped_km2),
                "threshold": threshold,
            }
        )
    )
    return 0


def _outlined(
    probability: Float32,
    scene: Scene,
    threshold: float,
    heights: Float32 | None,
    arguments: argparse.Namespace,
) -> gpd.GeoDataFrame:
    """The landslides, their pieces joined as the stage evaluate does by default: down the slope where there are heights."""
    join = (
        None
        if arguments.pieces
        else fragment_joiner(EvaluateParams(), scene.grid, probability, threshold, heights)
    )
    return vectorise(
        probability, scene.valid, scene.grid, threshold, arguments.min_area_m2, join=join
    ).landslides


def _scene(
    header: Header,
    grid: Grid,
    names: tuple[str, ...],
    heights: Float32 | None,
    arguments: argparse.Namespace,
) -> Scene:
    """The channels that the weights were trained on; those that the file does not have are computed where they can be."""
    bands = bands_to_read(names, header.bands)
    if SLOPE in names and SLOPE not in bands and heights is None:
        raise SceneError(
            f"{arguments.weights} were trained with slope, which {header.path} does not have; give heights with --dem"
        )
    scene = read_on_grid(header.path, grid, bands, arguments.bands)
    if not scene.valid.any():
        raise SceneError(
            f"{header.path} has no valid pixel; every pixel is nodata or NaN in at least one of {', '.join(bands)}"
        )
    return add_channels(scene, names, heights)


def _require_new(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OutputError(
            f"{out} is there already and nothing in it is overwritten; name a new folder with -o"
        )


def _require_own_names(header: Header, given: list[str]) -> None:
    if given and tuple(given) != header.bands:
        raise SceneError(
            f"{header.path} names its own bands {', '.join(header.bands)}, which go before --bands; mend them there"
        )


def _warn_of_coarse_pixels(header: Header, grid: Grid) -> None:
    """Networks know landslides at one size of pixels, and enlarged ones look to them like other ground."""
    pixel_m = pixel_size_m(header, grid.crs)
    if pixel_m > _COARSER * grid.pixel_m:
        log.warning(
            "%s has pixels of %.3g m, the weights know %.3g m: expect a poor map",
            header.path,
            pixel_m,
            grid.pixel_m,
        )


def metric_grid(header: Header, pixel_m: float) -> Grid:
    """The scene's own grid where it is true to area and has the weights' pixel; else one with that pixel, in UTM where the CRS is not true."""
    grid = header.grid
    crs = metric_crs(
        gpd.GeoDataFrame(geometry=[shapely.box(*grid.bounds)], crs=grid.crs), header.path.name
    )
    if (
        crs == grid.crs
        and abs(grid.transform.a - pixel_m) < 1e-3 * pixel_m
        and abs(grid.transform.a + grid.transform.e) < 1e-6
    ):
        return grid
    return covering_grid(header.bounds_in(crs), crs, pixel_m)


def _mapped(scene: Scene, card: WeightsMetadata, arguments: argparse.Namespace) -> Prediction:
    from slidelens.learning.inference.loading import load_network
    from slidelens.learning.runtime import quiet_tensorflow

    quiet_tensorflow()
    pixels = _standardised(scene, card, arguments)
    _, network = load_network(arguments.weights)
    print(f"mapping {scene.grid.describe()} …", file=sys.stderr)
    return predict_pixels(pixels, card, network, arguments.window)


def _standardised(scene: Scene, card: WeightsMetadata, arguments: argparse.Namespace) -> Float32:
    """Pixels as the network saw its training ground, or by the scene's own means, or statistics, where that is wanted."""
    own = compute_band_statistics(scene.pixels, scene.valid, scene.bands, str(arguments.scene))
    if arguments.standardise != "weights":
        used = (
            own
            if arguments.standardise == "scene"
            else replace(own, deviation=card.statistics.deviation)
        )
        return standardise(scene.pixels, scene.valid, used)
    if card.local_window_px:
        return standardise_locally(scene.pixels, scene.valid, card.local_window_px)
    _warn_of_other_light(own, card.statistics, arguments.scene)
    return standardise(scene.pixels, scene.valid, card.statistics)


def _warn_of_other_light(own: BandStatistics, used: BandStatistics, scene: Path) -> None:
    """Say which band of a scene is farthest off what it is standardised by, where that is far."""
    off = (np.array(own.mean) - used.mean) / used.deviation
    band = int(np.abs(off).argmax())
    if abs(off[band]) > _OTHER_LIGHT:
        log.warning(
            "%s: the mean of %s is %+.1f standard deviations off that of the training ground; another light, or other units? see --standardise",
            scene,
            own.bands[band],
            off[band],
        )
