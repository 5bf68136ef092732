"""Map a scene of any size into a folder, window by window."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from slidelens import __version__
from slidelens.api.generic import network_of
from slidelens.api.inputs.inventories import PathLike
from slidelens.api.mapping.map_files import PROBABILITY, require_map_folder, write_beside_map
from slidelens.api.mapping.options import MapOptions
from slidelens.api.mapping.outlining import OutlinedMap, outline_map
from slidelens.api.mapping.preparation import (
    PreparedMap,
    prepare_map,
    report_doubts,
    require_valid,
)
from slidelens.api.network import Network
from slidelens.api.scene import SceneFile, open_for
from slidelens.errors import OutputError
from slidelens.files import atomic_write_folder, translate_os_errors
from slidelens.layers.probability import write_probability
from slidelens.learning.tiling.identity import (
    FileState,
    is_remote,
    require_unchanged,
    states_of,
    weights_digest,
)
from slidelens.learning.tiling.map_store import MapStore, store_in_files
from slidelens.learning.tiling.progress import show_progress
from slidelens.learning.tiling.running import Runner, fill_store, release_memory, run_here
from slidelens.resources import format_bytes, free_disk_bytes, used_disk_bytes

log = logging.getLogger(__name__)

Finish = Callable[[Path, PreparedMap, OutlinedMap], None]

_BYTES_PER_PIXEL = 12  # of the disk: probability, deviation, validity, and the map's file twice
_LARGE_PX = 10**7  # from here on, outlining waits for the memory of the tiles


def map_to_folder(
    scene: SceneFile | PathLike,
    network: Network | PathLike | None,
    folder: PathLike,
    options: MapOptions | None = None,
    run: Runner | None = None,
    *,
    finish: Finish | None = None,
    own: Collection[str] = (),
    date: str | None = None,
) -> OutlinedMap:
    """Map the landslides of a scene, and write probability.tif and its inventory into a folder.

    Only the outlines of the landslides are held as a whole, not the scene or its map. Finished
    tiles are kept in `.FOLDER.partial` beside the folder: after an interruption the same call goes
    on from them, and ends in the same files.

    Args:
        scene: A scene whose bands have the names that the network was trained on.
        network: A network or its weights file; None: the generic weights of the package.
        folder: A new or empty folder.
        options: What the user chose.
        run: Maps the tiles; by default in this process.
        finish: Called with the temporary folder that becomes the output, to add files to it.
        own: Patterns of files of an earlier map, which may be in the folder and are replaced.
        date: Date of the image; by default that of its tags or its name.

    Raises:
        OutputError: The folder holds other files, has the name of a file, or cannot be written.
        SceneError: The scene lacks bands or valid pixels, or an input has changed meanwhile.
        WeightsError: The weights cannot be read.
    """
    options, folder = options or MapOptions(), Path(folder)
    require_map_folder(folder, own)
    network = network_of(network)
    scene = open_for(scene, network)
    inputs = states_of(scene.path, options.dem, options.before)
    prepared = prepare_map(scene, network, options)
    partial = folder.absolute().with_name(f".{folder.absolute().name}.partial")
    _require_disk(prepared, folder, partial)
    deviates = network.metadata.has_uncertainty
    with (
        translate_os_errors(folder),
        store_in_files(
            partial,
            prepared.tiles,
            prepared.grid.shape,
            deviates,
            describe_job(prepared, inputs),
            remote=is_remote(*inputs),
        ) as store,
    ):
        _fill(prepared, store, run)
        source = prepared.job.source
        require_valid(source, store.summaries)
        report_doubts(source, store.summaries, network.metadata.statistics)
        outlined = outline_map(prepared, store, options, partial, date)
        with atomic_write_folder(folder, own) as temporary:
            write_probability(
                store.layers["probability"],
                store.layers["valid"],
                prepared.grid,
                temporary / PROBABILITY,
                _tags(prepared, network),
                store.layers.get("deviation"),
            )
            write_beside_map(
                temporary,
                outlined.landslides,
                outlined.provenance,
                prepared.grid,
                has_deviation=deviates,
                format=options.format,
            )
            if finish is not None:
                finish(temporary, prepared, outlined)
            require_unchanged(inputs)
    return outlined


def _tags(prepared: PreparedMap, network: Network) -> dict[str, str]:
    """Return the names of the files that a map is made from."""
    source = prepared.job.source
    tags = {"SCENE": source.header.path.name, "WEIGHTS": network.path.name}
    return tags if source.before is None else tags | {"BEFORE": source.before.header.path.name}


def _fill(prepared: PreparedMap, store: MapStore, run: Runner | None) -> None:
    """Map the tiles that are missing, and free what the network holds."""
    if run is not None:
        prepared.close_network()  # the cluster's workers have their own
    log.info("mapping %s …", prepared.grid.describe())
    if store.finished:
        log.info("tiles mapped before: %d of %d; going on", len(store.finished), len(store.tiles))
    with show_progress(len(store.tiles), len(store.finished), "tile") as advance:
        for _ in fill_store(prepared.job, store, run or run_here(prepared.predictor)):
            advance()
    prepared.close_network()
    if prepared.grid.height * prepared.grid.width > _LARGE_PX:
        release_memory()  # a quarter of a second


def describe_job(
    prepared: PreparedMap, inputs: Mapping[Path, list[FileState]]
) -> dict[str, object]:
    """Return everything that the tiles of a map depend on.

    Args:
        prepared: The scene and the network.
        inputs: States of the scene, the heights and the earlier image, from before they were read.
    """
    source, before = prepared.job.source, prepared.job.source.before
    return {
        "version": __version__,
        "scene": str(source.header.path),
        "reading": repr(source.header.options),
        "bands": list(source.header.bands),
        "dem": None if source.dem is None else str(source.dem),
        "before": None if before is None else repr(before),
        "files": list(inputs.values()),
        "grid": [source.grid.crs.to_wkt(), list(source.grid.transform), list(source.grid.shape)],
        "statistics": repr(source.statistics),
        "weights": weights_digest(prepared.job.network.path),
        "network": prepared.predictor.describe(),
        "tiles": [prepared.predictor.core_side, prepared.predictor.margin],
    }


def _require_disk(prepared: PreparedMap, folder: Path, partial: Path) -> None:
    """Raise OutputError if the disk has too little room; finished tiles have theirs already."""
    grid = prepared.grid
    needed = grid.height * grid.width * _BYTES_PER_PIXEL - used_disk_bytes(partial)
    free = free_disk_bytes(folder)
    if needed > free:
        raise OutputError(
            f"{prepared.job.source.header.path.name}: its map, {grid.describe()}, needs up to"
            f" {format_bytes(needed)} of disk while it is made, and {format_bytes(free)} are free"
            f" at {folder}; free some, or name a folder on another disk"
        )
