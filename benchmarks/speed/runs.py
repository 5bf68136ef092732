"""Run the contenders: weights, seams, and a row per run."""

from __future__ import annotations

import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.speed import measuring, results, seams
from benchmarks.speed.contenders import Contender, Inputs, Words
from benchmarks.speed.environment import ROOT, peers_python, versions
from benchmarks.speed.inputs import Study, commit_of_checkout, mirrored_scene, weights_with
from benchmarks.speed.make_scene import side_px
from slidelens.errors import SlidelensError


@dataclass(frozen=True)
class Plan:
    """What to run.

    Attributes:
        contenders: In the order of odd rounds; even ones run backwards.
        study: Whose scene is mirrored.
        work: Folder of all that is kept.
        pixels: Sizes of the scenes.
        rounds: How often each contender maps each scene.
        cores: Number of cores, for the record.
        limit_s: A run that would take longer is extrapolated.
    """

    contenders: Sequence[Contender]
    study: Study
    work: Path
    pixels: Sequence[float]
    rounds: int
    cores: int
    limit_s: float


def prepare(study: Study, work: Path, peers: bool) -> Inputs:
    """Write weights and statistics; train the network of the other tools if there is none."""
    inputs = Inputs(
        work / "one.weights.h5",
        work / "torch.pt",
        work / "statistics.json",
        peers_python(work) if peers else None,
    )
    statistics = weights_with(study.weights, 1, inputs.weights)
    inputs.statistics.write_text(json.dumps(statistics), encoding="utf-8")
    if peers and not inputs.torch_weights.exists():
        print("Training the network of the other tools: some minutes …", flush=True)
        words: Words = [str(inputs.peers_python), "-m", "benchmarks.speed.torch_network"]
        files: Words = [
            study.prepared / "scene.tif",
            study.prepared / "labels.tif",
            inputs.torch_weights,
        ]
        options: Words = ["--statistics", inputs.statistics]
        _require(measuring.run([*words, "train", *files, *options], folder=ROOT), "the training")
    return inputs


def _require(cost: measuring.Cost, what: str) -> None:
    if cost.failure:
        raise SlidelensError(f"{what} failed: {cost.failure}")


def measure_seams(plan: Plan, inputs: Inputs) -> dict[str, seams.Seam]:
    """Return the seams of each contender on the small image."""
    scene, whole, found = mirrored_scene(plan.study, seams.SIDE_PX**2, plan.work), {}, {}
    with tempfile.TemporaryDirectory(dir=plan.work) as temporary:
        for contender in plan.contenders:
            name, folder = contender.whole_name, Path(temporary) / contender.name
            folder.mkdir()
            if name not in whole:
                out = Path(temporary) / f"{name}.npy"
                cost = measuring.run(contender.whole_command(scene, out, inputs), folder=ROOT)
                _require(cost, f"the whole image with the network of {contender.name}")
                whole[name] = np.load(out)
            command = contender.command(scene, folder, inputs)
            cost = measuring.run(command, contender.variables, ROOT)
            if cost.failure:
                print(f"{contender.name}: {cost.failure}", file=sys.stderr)
                continue
            mapped = seams.read_landslide_probability(contender.result(folder))
            found[contender.name] = seams.compare(mapped, whole[name])
            print(f"{contender.name}: {found[contender.name]}", flush=True)
    return found


def iter_rows(plan: Plan, inputs: Inputs) -> Iterator[results.Row]:
    """Run all contenders on all sizes; yield a row per run."""
    last: dict[str, results.Row] = {}
    for pixels in sorted(plan.pixels):
        scene = mirrored_scene(plan.study, pixels, plan.work)
        for number in range(1, plan.rounds + 1):
            for contender in plan.contenders if number % 2 else plan.contenders[::-1]:
                blank = _blank_row(contender, side_px(pixels) ** 2, number, plan.cores, inputs)
                row = extrapolated(blank, last.get(contender.name), plan.limit_s)
                if row is None:
                    row = last[contender.name] = _run(contender, scene, blank, plan, inputs)
                yield row


def extrapolated(
    blank: results.Row, smaller: results.Row | None, limit_s: float
) -> results.Row | None:
    """Return a row in proportion to a smaller scene's, if the run would take too long.

    Args:
        blank: The row of the run.
        smaller: The last run of the contender, if there is one.
        limit_s: A run that would take longer is extrapolated; so is one that would fail again.
    """
    if smaller is None or smaller.pixels >= blank.pixels:
        return None
    scale = blank.pixels / smaller.pixels
    if not smaller.failure and scale * smaller.wall_s <= limit_s:
        return None
    return replace(
        blank,
        wall_s=scale * smaller.wall_s,
        cpu_s=scale * smaller.cpu_s,
        extrapolated=True,
        failure=smaller.failure,
    )


def _run(
    contender: Contender, scene: Path, blank: results.Row, plan: Plan, inputs: Inputs
) -> results.Row:
    """Run a contender once."""
    with tempfile.TemporaryDirectory(dir=plan.work) as folder:
        command = contender.command(scene, Path(folder), inputs)
        cost = measuring.run(command, contender.variables, ROOT, 2 * plan.limit_s)
    return replace(
        blank,
        wall_s=cost.wall_s,
        cpu_s=cost.cpu_s,
        peak_mb=cost.peak_mb,
        failure=cost.failure,
    )


def speed_alone(inputs: Inputs) -> dict[str, float]:
    """Return the megapixels a second of each network by itself, float32, in memory."""
    keras = [sys.executable, "-m", "benchmarks.speed.keras_network", "alone"]
    commands = {"slidelens, authors": [*keras, "--weights", str(inputs.weights)]}
    if inputs.peers_python is not None:
        torch = [str(inputs.peers_python), "-m", "benchmarks.speed.torch_network", "alone"]
        commands["smp, geoai"] = torch
    return {
        name: float(
            subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        )
        for name, words in commands.items()
    }


def _blank_row(
    contender: Contender, pixels: int, number: int, cores: int, inputs: Inputs
) -> results.Row:
    """Return the row of a run that is about to start, without its results."""
    python = inputs.peers_python if contender.is_peer else None
    return results.Row(
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        commit=commit_of_checkout(),
        contender=contender.name,
        versions=versions(python or Path(sys.executable), contender.packages),
        processor=_processor(),
        cores=cores,
        load=os.getloadavg()[0],
        pixels=pixels,
        round=number,
        wall_s=0.0,
        cpu_s=0.0,
        peak_mb=None,
    )


def _processor() -> str:
    """Return the name of the processor."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
