"""Networks without weights that map tiles, and scenes of several tiles."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter, uniform_filter

from slidelens.api.network import Network
from slidelens.api.scene import SceneFile
from slidelens.dataset.standardisation import BandStatistics
from slidelens.geo.grid import Grid
from slidelens.geo.rasters.header import read_header
from slidelens.learning.inference.engines import Engine, Precision
from slidelens.learning.inference.tile_predictor import TilePredictor
from slidelens.learning.inference.weights import WeightsMetadata
from slidelens.learning.inference.windows import Window
from slidelens.learning.tiling.running import Runner, run_here
from slidelens.learning.tiling.tile_job import MappedTile, TileJob
from slidelens.types import Float32
from support.learning.trainings import METADATA
from support.studies import BANDS, write_image

TRAINED = BandStatistics(BANDS, (500.0, 500.0, 500.0), (100.0, 100.0, 100.0), 1)


@dataclass(frozen=True)
class Blur:
    """The share of red pixels above 1 in a square of 9 pixels; it needs 4 of the margin.

    Attributes:
        core_side: Upper limit of the sides of a core, pixels.
        pause_s: Time that a tile takes, seconds.
    """

    core_side: int = 64
    margin: int = 16
    pause_s: float = 0.0

    def predict(self, pixels: Float32) -> tuple[Float32, Float32 | None]:
        time.sleep(self.pause_s)
        bright = (pixels[..., 1] > 1).astype(np.float64)
        share = np.round(uniform_filter(bright, 9, mode="constant"), 6).astype(np.float32)
        core = share[self.margin : -self.margin, self.margin : -self.margin]
        return core, core / 4

    def describe(self) -> dict[str, str | int]:
        return {"engine": "tensorflow", "precision": "float32", "symmetries": 8}


class BlurNetwork(Network):
    """A network whose predictor is `Blur`."""

    def tile_predictor(
        self,
        engine: Engine = "auto",
        precision: Precision = "auto",
        *,
        own_process: bool = False,
    ) -> TilePredictor:
        return Blur()


def blur_network(folder: Path, **changes: Any) -> Network:
    """A network that maps bright red ground, with a weights file that holds nothing."""
    path = folder / "blur.weights.h5"
    path.write_bytes(b"")
    metadata: WeightsMetadata = METADATA.__class__(
        **{
            **METADATA.__dict__,
            "statistics": TRAINED,
            "threshold": 0.5,
            "symmetries": 8,
            "members": 1,
            "local_window_px": None,
        }
        | changes
    )
    return BlurNetwork(path, metadata)


def write_scene_of_tiles(path: Path, grid: Grid, seed: int = 0) -> SceneFile:
    """Write a scene with bright red bodies of all sizes and a strip of nodata."""
    rng = np.random.default_rng(seed)
    pattern = gaussian_filter(rng.normal(size=grid.shape), 4)
    values = np.full((*grid.shape, 3), 500, np.uint16)
    values[..., 1] = np.where(pattern > 0.6 * pattern.std(), 900, 480)
    values[..., 0] += rng.integers(0, 50, grid.shape).astype(np.uint16)
    values[:, : grid.width // 8] = 0
    return SceneFile(read_header(write_image(path, grid, values)))


def noting(mapped: list[int]) -> Runner:
    """Return a runner that adds the numbers of the tiles that it maps to a list."""

    def run(
        job: TileJob, tiles: Sequence[Window], missing: Sequence[int]
    ) -> Iterator[tuple[int, MappedTile]]:
        mapped.extend(missing)
        yield from run_here(Blur())(job, tiles, missing)

    return run


def map_with_blur(job: TileJob, window: Window) -> MappedTile:
    """Stand in for `map_on_worker`, with a network that needs no TensorFlow."""
    return job.predict(job.source.read(window), Blur())


def map_with_blur_and_die_once(job: TileJob, window: Window) -> MappedTile:
    """Kill this process at one of the tiles, the first time; leave `killed` beside the scene."""
    mark = job.source.header.path.with_name("killed")
    if window.row == window.column == 64 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return map_with_blur(job, window)


def map_without_a_library(job: TileJob, window: Window) -> MappedTile:
    """Fail as a worker does that lacks a library."""
    raise ModuleNotFoundError("No module named 'tensorflow'")
