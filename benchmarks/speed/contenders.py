"""The tools compared: how each is run, and where it leaves its probabilities."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

Words = list[str | Path]
MAP = "import sys; from slidelens import cli; sys.exit(cli.main(sys.argv[1:]))"


@dataclass(frozen=True)
class Inputs:
    """What all runs share.

    Attributes:
        weights: slidelens' weights with one symmetry.
        torch_weights: Weights of the network of the other tools.
        statistics: JSON file with `mean` and `deviation` of the bands.
        peers_python: Interpreter of the other tools; None if none of them runs.
    """

    weights: Path
    torch_weights: Path
    statistics: Path
    peers_python: Path | None = None


@dataclass(frozen=True)
class Contender:
    """A way to a map.

    Attributes:
        name: Its name in the table.
        tool: slidelens, authors, smp or geoai.
        options: Options that are added to its command.
        variables: Environment variables that are added.
    """

    name: str
    tool: str
    options: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_peer(self) -> bool:
        """Whether it runs in the environment of the other tools."""
        return self.tool in ("smp", "geoai")

    @property
    def packages(self) -> list[str]:
        """The packages whose versions are recorded."""
        if self.tool == "geoai":
            return ["geoai-py", "segmentation-models-pytorch", "torch"]
        if self.is_peer:
            return ["segmentation-models-pytorch", "torch"]
        return ["tensorflow", "keras", "openvino"]

    def command(self, scene: Path, folder: Path, inputs: Inputs) -> Words:
        """Return the command that maps a scene into a new folder."""
        if self.tool == "slidelens":
            words: Words = [sys.executable, "-c", MAP, "map", scene]
            words += ["--weights", inputs.weights]
            return [*words, "-o", folder / "map", *self.options]
        module = {"authors": "authors", "smp": "smp_loop", "geoai": "geoai_predict"}[self.tool]
        python = inputs.peers_python if self.is_peer else sys.executable
        words = [str(python), "-m", f"benchmarks.speed.{module}", scene, self.result(folder)]
        if self.is_peer:
            words += ["--weights", inputs.torch_weights, "--statistics", inputs.statistics]
        else:
            words += ["--weights", inputs.weights]
        return [*words, *self.options]

    def result(self, folder: Path) -> Path:
        """Return the raster of probabilities that its command leaves."""
        return folder / ("map/probability.tif" if self.tool == "slidelens" else "probability.tif")

    def whole_command(self, scene: Path, out: Path, inputs: Inputs) -> Words:
        """Return the command that writes its network's answer for the whole image as .npy."""
        if self.is_peer:
            words: Words = [str(inputs.peers_python), "-m", "benchmarks.speed.torch_network"]
            words += ["whole"]
            extra: Words = ["--weights", inputs.torch_weights, "--statistics", inputs.statistics]
            return [*words, scene, out, *extra]
        words = [sys.executable, "-m", "benchmarks.speed.keras_network", "whole", scene, out]
        calibrated = ["--calibrated"] if self.tool == "slidelens" else []
        return [*words, "--weights", inputs.weights, *calibrated]

    @property
    def whole_name(self) -> str:
        """A name that contenders of one network share."""
        return "torch" if self.is_peer else self.tool


def contenders(before: tuple[str, Path] | None, variants: Mapping[str, str]) -> list[Contender]:
    """Return all contenders, slidelens first.

    Args:
        before: Name and folder `src` of an earlier slidelens to run beside.
        variants: Options of `slidelens map` to try, by name.
    """
    found = [Contender("slidelens", "slidelens")]
    found += [
        Contender(f"slidelens {name}", "slidelens", tuple(options.split()))
        for name, options in variants.items()
    ]
    if before is not None:
        variables = {"PYTHONPATH": str(before[1])}
        found.append(Contender(f"slidelens at {before[0]}", "slidelens", (), variables))
    return [
        *found,
        Contender("authors' notebook", "authors"),
        Contender("smp loop", "smp"),
        Contender("smp loop, bfloat16", "smp", ("--bfloat16",)),
        Contender("geoai", "geoai"),
    ]
