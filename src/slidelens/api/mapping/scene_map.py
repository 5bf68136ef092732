"""Map a scene that fits into memory."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Literal

from slidelens.api.generic import network_of
from slidelens.api.inputs.inventories import PathLike
from slidelens.api.landslide_map import LandslideMap
from slidelens.api.mapping.options import MapOptions, Standardisation
from slidelens.api.mapping.outlining import outline_map
from slidelens.api.mapping.preparation import prepare_map, report_doubts, require_valid
from slidelens.api.network import Network
from slidelens.api.scene import SceneFile, open_for
from slidelens.geo.windowed import whole
from slidelens.learning.tiling.identity import require_unchanged, states_of
from slidelens.learning.tiling.map_store import store_in_memory
from slidelens.learning.tiling.running import fill_store, run_here
from slidelens.resources import require_memory

log = logging.getLogger(__name__)

_BYTES_PER_PIXEL = 9  # probability, deviation and validity


def map_scene(
    scene: SceneFile | PathLike,
    network: Network | PathLike | None = None,
    *,
    dem: PathLike | None = None,
    before: PathLike | None = None,
    threshold: float | Literal["expected"] | None = None,
    min_area_m2: float = 200.0,
    merge_fragments: bool = True,
    standardise: Standardisation = "weights",
) -> LandslideMap:
    """Map the landslides of a scene with trained weights, and return the map.

    For scenes that do not fit into memory there is `map_to_folder`.

    Args:
        scene: A scene whose bands have the names that the network was trained on.
        network: A network or its weights file; by default the generic weights of the package, for
            images with the bands red, green and blue (see `generic_weights`).
        dem: Elevation raster, for merging down the slope and for networks that use slope.
        before: Earlier image of the ground, with the same bands, for networks that use the change
            since it; without it they map as if nothing were known.
        threshold: Probability from which a pixel is landslide; by default that of the weights;
            "expected" for the best expected F1 of this map.
        min_area_m2: Fragments smaller than this are left out.
        merge_fragments: Merge the fragments of a landslide as the pipeline does.
        standardise: Standardise bands by the training data ("weights"), by the scene's means
            ("means"), or by its means and standard deviations ("scene").

    Raises:
        ParamsError: If an option is out of range, or the network does not use an earlier image.
        SceneError: If the scene lacks bands or valid pixels, or an input has changed meanwhile.
        WeightsError: If the weights cannot be read.
    """
    options = MapOptions(
        dem=None if dem is None else Path(dem),
        before=None if before is None else Path(before),
        threshold=threshold,
        min_area_m2=min_area_m2,
        merge_fragments=merge_fragments,
        standardise=standardise,
    )
    network = network_of(network)
    scene = open_for(scene, network)
    inputs = states_of(scene.path, options.dem, options.before)
    prepared = prepare_map(scene, network, options)
    grid = prepared.grid
    require_memory(
        float(grid.height) * grid.width * _BYTES_PER_PIXEL,
        f"a map of {grid.describe()}",
        "map it into a folder (`slidelens map`, `sl.map_to_folder`)",
    )
    log.info("mapping %s …", grid.describe())
    store = store_in_memory(prepared.tiles, grid.shape, network.metadata.has_uncertainty)
    for _ in fill_store(prepared.job, store, run_here(prepared.predictor)):
        pass
    prepared.close_network()
    require_valid(prepared.job.source, store.summaries)
    report_doubts(prepared.job.source, store.summaries, network.metadata.statistics)
    outlined = outline_map(prepared, store, options)
    require_unchanged(inputs)
    every = whole(grid.shape)
    deviation = store.layers.get("deviation")
    return LandslideMap(
        probability=store.layers["probability"].read(every),
        uncertainty=None if deviation is None else deviation.read(every),
        valid=store.layers["valid"].read(every),
        grid=grid,
        threshold=outlined.threshold,
        landslides=outlined.landslides,
        scene=scene.path.name,
        weights=network.path.name,
        provenance=outlined.provenance,
    )
