"""Map the tiles of a scene in this process, or on the workers of a cluster."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from slidelens.learning.inference.tile_predictor import TilePredictor
from slidelens.learning.inference.windows import Window
from slidelens.learning.tiling.map_store import MapStore
from slidelens.learning.tiling.tile_job import MappedTile, TileJob

# Yields the position of each tile and its map, in any order.
Runner = Callable[[TileJob, Sequence[Window], Sequence[int]], Iterator[tuple[int, MappedTile]]]


def fill_store(job: TileJob, store: MapStore, run: Runner) -> Iterator[int]:
    """Map the tiles that a store lacks, and yield the position of each when it is stored.

    Args:
        job: The scene and the network.
        store: Receives the tiles.
        run: Maps tiles: `run_here`, or on a cluster.
    """
    for position, tile in run(job, store.tiles, store.missing):
        store.write(position, tile)
        yield position


def run_here(predictor: TilePredictor) -> Runner:
    """Return the function that maps tiles in this process; the next is read meanwhile.

    Args:
        predictor: The network of the job.
    """

    def run(
        job: TileJob, tiles: Sequence[Window], positions: Sequence[int]
    ) -> Iterator[tuple[int, MappedTile]]:
        if not positions:
            return
        with ThreadPoolExecutor(1, thread_name_prefix="reader") as reader:
            coming = reader.submit(job.source.read, tiles[positions[0]])
            for position, following in zip(positions, [*positions[1:], None], strict=True):
                tile = coming.result()
                if following is not None:
                    coming = reader.submit(job.source.read, tiles[following])
                yield position, job.predict(tile, predictor)

    return run


def release_memory() -> None:
    """Give memory that is no longer used back to the system, where its allocator keeps it."""
    gc.collect()
    with suppress(OSError, AttributeError):  # another allocator than that of GNU
        ctypes.CDLL("libc.so.6").malloc_trim(0)
