"""Measure what the stages of the pipeline take, and how much of it trains and predicts.

python -m benchmarks.stages.times FOLDER runs the stages one after another, each in a process of its
own as DVC does, and prints a row per stage: seconds, those of them in which a network is trained or
maps, and the share of the rest: start-up, reading, building and loading networks, scores, figures
and writing. FOLDER is a clone of the repository; its results are overwritten.

Training is `train` with its validation after every epoch, predicting is `predict_pixels` and
`predict_tiles` after it; both hold the tracing of their functions.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.arguments import argument_parser
from slidelens.params.loading import load_params

RUNNER = """
import functools, importlib, json, sys, time
stage, out, *arguments = sys.argv[1:]
seconds = dict.fromkeys(("train", "predict"), 0.0)
def timed(module, name, kind):
    module = importlib.import_module(module)
    inner = getattr(module, name)
    @functools.wraps(inner)
    def call(*args, **options):
        begun = time.perf_counter()
        try:
            return inner(*args, **options)
        finally:
            seconds[kind] += time.perf_counter() - begun
    setattr(module, name, call)
if stage in ("pretrain", "finetune", "evaluate"):
    timed("slidelens.learning.training.fit", "train", "train")
    timed("slidelens.learning.training.fit", "predict_tiles", "predict")
    timed("slidelens.learning.mapping.prediction", "predict_pixels", "predict")
status = importlib.import_module(f"slidelens.stages.{stage}").main(arguments)
with open(out, "w") as file:
    json.dump(seconds, file)
sys.exit(status)
"""


@dataclass(frozen=True)
class Cost:
    """What a stage takes, seconds.

    Attributes:
        wall_s: From its start to its end.
        train_s: Of that, training networks.
        predict_s: Of that, mapping with networks.
    """

    wall_s: float = 0.0
    train_s: float = 0.0
    predict_s: float = 0.0

    @property
    def other_share(self) -> float:
        """Return the share of the time in which no network is trained or maps, 0 to 1."""
        return 1 - (self.train_s + self.predict_s) / self.wall_s

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.wall_s + other.wall_s,
            self.train_s + other.train_s,
            self.predict_s + other.predict_s,
        )


def stages(dates: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield each stage as it is typed, in the order in which they run.

    Args:
        dates: Dates of the study.
    """
    yield from (("simulate",), ("prepare",), ("pretrain",))
    for date in dates:
        yield from (("finetune", date), ("evaluate", date))
    yield from (("density",), ("revise",), ("lifecycle",), ("report",))


def measure(folder: Path, stage: Sequence[str]) -> Cost:
    """Run a stage in a repository.

    Raises:
        subprocess.CalledProcessError: The stage fails.
    """
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "seconds.json"
        name, *arguments = stage
        command = [sys.executable, "-c", RUNNER, name, str(out), *arguments]
        begun = time.perf_counter()
        subprocess.run(command, cwd=folder, check=True, stderr=subprocess.DEVNULL)
        wall_s = time.perf_counter() - begun
        seconds = json.loads(out.read_text(encoding="utf-8"))
    return Cost(wall_s, seconds["train"], seconds["predict"])


def main() -> None:
    """Print the table."""
    parser = argument_parser("benchmarks.stages.times", __doc__)
    parser.add_argument("folder", type=Path, help="a clone of the repository")
    folder = parser.parse_args().folder
    print(f"{'stage':16} {'seconds':>8} {'training':>9} {'predicting':>11} {'other':>6}")
    total = Cost()
    for stage in stages(load_params(folder / "params.yaml").dates):
        cost = measure(folder, stage)
        total += cost
        print(row(" ".join(stage), cost), flush=True)
    print(row("all", total))


def row(name: str, cost: Cost) -> str:
    """Return a row of the table."""
    return (
        f"{name:16} {cost.wall_s:8.1f} {cost.train_s:9.1f} {cost.predict_s:11.1f}"
        f" {100 * cost.other_share:4.0f} %"
    )


if __name__ == "__main__":
    main()
