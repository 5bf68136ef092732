"""The ways to a map that are compared. Each trains into a file and maps from that file, so that what is trained is never trained twice."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.quality import authors, forest, ours, torch_nets
from benchmarks.quality.grounds import WORKED_EXAMPLE
from numpy.typing import NDArray

from slidelens.dataset.prepared import Prepared
from slidelens.learning.training.settings import Settings
from slidelens.params.schema import Params

Floats = NDArray[np.float32]
Train = Callable[[Prepared, Params, Settings, Path | None, Path], None]
Map = Callable[[Path, Prepared, Params], tuple[Floats, float]]


@dataclass(frozen=True)
class Method:
    """A way to a map.

    train: ground, parameters, how long and fast, what to go on from (None: nothing), and the file to write
    map: a written file, a ground, parameters → (height, width) probability and the threshold that the method's users would take
    suffix: of its files; source: its own file, whose change makes its results old, as a change of these sections of params.yaml does
    needs: packages beyond slidelens' own; study: what its users would add to the study of Iburi
    """

    train: Train
    map: Map
    suffix: str
    source: str
    needs: tuple[str, ...] = ()
    study: Mapping[str, Any] = field(default_factory=dict)
    sections: tuple[str, ...] = (
        "lr",
        "filters",
        "batch_size",
        "epochs",
        "learning",
        "pretrain",
        "finetune",
    )

    @property
    def missing(self) -> list[str]:
        """The packages that are not there."""
        return [name for name in self.needs if importlib.util.find_spec(name) is None]


OWN_SECTIONS = (*Method.sections, "model", "evaluate")
TORCH = ("torch", "segmentation_models_pytorch")
METHODS = {
    "slidelens": Method(
        ours.train,
        ours.map_ground,
        ".weights.h5",
        "ours.py",
        sections=OWN_SECTIONS,
        study=WORKED_EXAMPLE,
    ),
    "authors": Method(authors.train, authors.map_ground, ".weights.h5", "authors.py"),
    "smp-unet": Method(
        *torch_nets.method("unet", torch_nets.EXAMPLE), ".pt", "torch_nets.py", TORCH
    ),
    "smp-unet++": Method(
        *torch_nets.method("unetplusplus", torch_nets.EXAMPLE), ".pt", "torch_nets.py", TORCH
    ),
    "smp-unet-slidelens-patches": Method(
        *torch_nets.method("unet", torch_nets.SLIDELENS),
        ".pt",
        "torch_nets.py",
        TORCH,
        WORKED_EXAMPLE,
    ),
    "forest": Method(forest.train, forest.map_ground, ".joblib", "forest.py", ("sklearn",)),
}
