"""The methods compared.

Each trains into a file and maps from that file, so that nothing is trained twice.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.quality.grounds import WORKED_EXAMPLE
from benchmarks.quality.methods import authors, forest, ours, torch_nets
from slidelens.dataset.prepared import Prepared
from slidelens.learning.training.settings import Settings
from slidelens.params.schema import Params
from slidelens.types import Float32

Train = Callable[[Prepared, Params, Settings, Path | None, Path], None]
Map = Callable[[Path, Prepared, Params], tuple[Float32, float]]


@dataclass(frozen=True)
class Method:
    """A way to a map.

    Attributes:
        train: Takes a ground, parameters, training settings, the file of a training to continue
            (or None), and the file to write.
        map: Takes such a file, a ground and parameters; returns (height, width) probability and
            the threshold that users of the method would take.
        suffix: Suffix of its files.
        source: Its own source file, below benchmarks/quality; a change there makes its results
            stale.
        needs: Packages beside those of slidelens.
        study: What its users would add to the study of Iburi.
        sections: Sections of params.yaml whose change makes its results stale.
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
        """Return the packages that are not installed."""
        return [name for name in self.needs if importlib.util.find_spec(name) is None]


OWN_SECTIONS = (*Method.sections, "model", "evaluate")
TORCH, TORCH_NETS = ("torch", "segmentation_models_pytorch"), "methods/torch_nets.py"
METHODS = {
    "slidelens": Method(
        ours.train,
        ours.map_ground,
        ".weights.h5",
        "methods/ours.py",
        sections=OWN_SECTIONS,
        study=WORKED_EXAMPLE,
    ),
    "authors": Method(authors.train, authors.map_ground, ".weights.h5", "methods/authors.py"),
    "smp-unet": Method(*torch_nets.method("unet", torch_nets.EXAMPLE), ".pt", TORCH_NETS, TORCH),
    "smp-unet++": Method(
        *torch_nets.method("unetplusplus", torch_nets.EXAMPLE),
        ".pt",
        TORCH_NETS,
        TORCH,
    ),
    "smp-unet-slidelens-patches": Method(
        *torch_nets.method("unet", torch_nets.SLIDELENS),
        ".pt",
        TORCH_NETS,
        TORCH,
        WORKED_EXAMPLE,
    ),
    "forest": Method(forest.train, forest.map_ground, ".joblib", "methods/forest.py", ("sklearn",)),
}
