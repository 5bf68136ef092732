"""Measure how fast networks predict, beside the limit of the processor and an earlier commit.

python -m benchmarks.prediction [--filters F …] [--source FOLDER] prints for each network a row per
engine and precision, and writes CSV to --csv:

- `limit`: the network alone on one window without margin, which is what the processor can do for
  it; the fastest row is the limit of the processor;
- `map`: the same network with all symmetries on a scene, tile by tile, with margins;
- `commit`: the scene with the code in --source, the `src` of another checkout, such as
  `git worktree add /tmp/before dac9872` makes.

Mpx/s are network pixels: pixels of the scene times symmetries. The share is that of the limit, the
ratio that to the earlier commit. Runs alternate, each in a process that stays, and the best counts.
Weights and pixels are random: no block is quiet, and all symmetries are computed.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.arguments import argument_parser
from slidelens.dataset.standardisation import BandStatistics
from slidelens.learning.inference.loading import build_from_metadata
from slidelens.learning.inference.weights import WeightsMetadata, save_weights
from slidelens.learning.networks.registry import ARCHITECTURES
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.params.schema import ModelParams

BANDS = ("blue", "green", "red", "red_edge", "nir")
SYMMETRIES = 4
_WORKER = """
import resource, sys, time
from inspect import signature
from pathlib import Path
import numpy as np
kind, weights, scene, engine, precision = sys.argv[1:]
pixels = np.load(scene)
from slidelens.learning.inference.weights import read_weights_metadata
metadata = read_weights_metadata(Path(weights))
if kind == "commit":
    from slidelens.learning.runtime import quiet_tensorflow
    quiet_tensorflow()
    from slidelens.learning.inference.loading import load_network
    from slidelens.learning.mapping.prediction import predict_pixels
    network = load_network(Path(weights))[1]
    window = [2048] if "window" in signature(predict_pixels).parameters else []  # of old commits
    run = lambda: predict_pixels(pixels, metadata, network, *window)
elif kind == "map":
    from slidelens.learning.tiling.tile_loading import load_tile_predictor
    from slidelens.learning.inference.windows import predict_scene
    tiles = load_tile_predictor(Path(weights), metadata, engine, precision)
    run = lambda: predict_scene(pixels, tiles, 16)
else:
    from slidelens.learning.inference.loading import build_from_metadata, load_into
    from slidelens.learning.inference.engines.compilation import compile_plan
    from slidelens.learning.inference.plans.plan import plan_of
    network = build_from_metadata(metadata)
    load_into(network, Path(weights))
    call = compile_plan(plan_of(network), None, 0, engine, precision)
    run = lambda: call(pixels)
run()
print("ready", flush=True)
for _ in sys.stdin:
    start, used = time.perf_counter(), time.process_time()
    run()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(time.perf_counter() - start, time.process_time() - used, peak_mb, flush=True)
"""


@dataclass
class Run:
    """A way to predict, measured.

    Attributes:
        kind: `limit`, `map` or `commit`.
        engine: What computes it.
        precision: Of the convolutions.
        network_px: Network pixels of one run.
        process: It stays.
        seconds: By the clock, of each run.
        processor_seconds: Of both cores, of each run.
        peak_mb: Memory of the whole process.
    """

    kind: str
    engine: str
    precision: str
    network_px: int
    process: subprocess.Popen[str]
    seconds: list[float] = field(default_factory=list)
    processor_seconds: list[float] = field(default_factory=list)
    peak_mb: float = 0.0

    @property
    def speed(self) -> float:
        """Network pixels per second of processor time, of the best run, million."""
        return self.network_px / min(self.processor_seconds) / 1e6

    def measure(self) -> None:
        """Predict once."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print("run", file=self.process.stdin, flush=True)
        seconds, processor, self.peak_mb = map(float, self.process.stdout.readline().split())
        self.seconds.append(seconds)
        self.processor_seconds.append(processor)


def write_weights(path: Path, architecture: str, filters: int) -> None:
    """Write random weights of a network."""
    quiet_tensorflow()
    metadata = WeightsMetadata(
        model=ModelParams.model_validate({"architecture": architecture}),
        filters=filters,
        statistics=BandStatistics(BANDS, (0.0,) * 5, (1.0,) * 5, 1),
        pixel_m=5.0,
        threshold=0.5,
        trained_on=("pretrain",),
        symmetries=SYMMETRIES,
    )
    save_weights(build_from_metadata(metadata, seed=1), metadata, path)


def start(
    kind: str, engine: str, precision: str, weights: Path, pixels: Path, source: Path | None = None
) -> Run:
    """Start a process that predicts; wait until it has done so once.

    Args:
        kind: `limit`, `map` or `commit`.
        engine: What computes the network.
        precision: Of the convolutions.
        weights: Weights file.
        pixels: (height, width, bands), .npy.
        source: `src` of the code; None: this checkout's.
    """
    path = str((source or Path(__file__).parents[1] / "src").absolute())
    process = subprocess.Popen(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {path!r})\n{_WORKER}"]
        + [kind, str(weights), str(pixels), engine, precision],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    if process.stdout.readline() != "ready\n":
        raise SystemExit(f"{kind} with {engine} {precision} failed; see above")
    height, width, _ = np.load(pixels, mmap_mode="r").shape
    passes = 1 if kind == "limit" else SYMMETRIES
    return Run(kind, engine, precision, height * width * passes, process)


def rows(runs: Sequence[Run], name: str) -> list[dict[str, Any]]:
    """Return a row of the table for each measured run of a network of this name."""
    before = [run for run in runs if run.kind == "commit"]
    limit = max((run.speed for run in runs if run.kind == "limit"), default=float("nan"))
    return [
        {
            "network": name,
            "what": run.kind,
            "engine": run.engine,
            "precision": run.precision,
            "mpx_s": round(run.network_px / min(run.seconds) / 1e6, 2),
            "mpx_processor_s": round(run.speed, 2),
            "share_of_limit": round(run.speed / limit, 2),
            "ratio_to_commit": round(run.speed / before[0].speed, 2) if before else None,
            "peak_mb": round(run.peak_mb),
        }
        for run in runs
    ]


def measure_network(
    architecture: str,
    filters: int,
    side: int,
    rounds: int,
    source: Path | None,
    precisions: Sequence[str],
) -> list[dict[str, Any]]:
    """Measure one network in every way, alternating."""
    engines = ["tensorflow", "openvino"][: 2 if find_spec("openvino") else 1]
    with tempfile.TemporaryDirectory() as folder:
        weights, scene, window = (
            Path(folder) / name for name in ("w.weights.h5", "scene.npy", "window.npy")
        )
        write_weights(weights, architecture, filters)
        pixels = np.random.default_rng(1).normal(size=(side, side, len(BANDS))).astype(np.float32)
        np.save(scene, pixels)
        np.save(window, pixels[:1280, :1280])
        runs = [start("commit", "tensorflow", "float32", weights, scene, source)] if source else []
        for engine in engines:
            for precision in precisions:
                runs.append(start("limit", engine, precision, weights, window))
                runs.append(start("map", engine, precision, weights, scene))
        for _ in range(rounds):
            for run in runs:
                run.measure()
        for run in runs:
            run.process.kill()
            run.process.wait()
    return rows(runs, f"{architecture} {filters}")


def _print(table: Iterable[dict[str, Any]]) -> None:
    for row in table:
        print("  ".join(f"{key}={value}" for key, value in row.items()), flush=True)


def main() -> None:
    """Print the table and write it as CSV."""
    parser = argument_parser("benchmarks.prediction", __doc__)
    parser.add_argument("--filters", nargs="+", type=int, default=[16, 32])
    parser.add_argument("--architectures", nargs="+", choices=list(ARCHITECTURES), default=["unet"])
    parser.add_argument("--side", type=int, default=1920, help="side of the scene, pixels")
    parser.add_argument("--precisions", nargs="+", default=["float32", "bfloat16"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--source", type=Path)
    parser.add_argument("--csv", type=Path, default=Path("benchmarks/results/prediction.csv"))
    given = parser.parse_args()
    table = []
    for architecture in given.architectures:
        for filters in given.filters:
            new = measure_network(
                architecture,
                filters,
                given.side,
                given.rounds,
                given.source,
                given.precisions,
            )
            table += new
            _print(new)
    with given.csv.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)


if __name__ == "__main__":
    main()
