"""The result of adapting weights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd

from slidelens.api.inputs.inventories import PathLike
from slidelens.api.notebook import html_list
from slidelens.errors import OutputError
from slidelens.escaping import counted
from slidelens.files import atomic_write, require_writable
from slidelens.geo.vectors.inventory import write_inventory
from slidelens.learning.adaptation.choice import Score
from slidelens.learning.inference.weights import WeightsMetadata, save_weights
from slidelens.overwriting import refuse_overwriting

SUGGESTIONS = "suggestions"  # layer, and end of the name of its file
_SUFFIX = ".weights.h5"


@dataclass(frozen=True, repr=False)
class Adaptation:
    """Weights that were adapted to a scene, and how good they are on marks held back.

    Attributes:
        chosen: What was changed: `start` (nothing), `threshold` (and calibration), `spectral` (a
            classifier of single pixels beside the network) or `network`.
        landslides: Number of marked landslides that are seen.
        bare: Number of marked places without landslides.
        score: F1 of the map, estimated from marks that were held back and from what is mapped of
            the scene, with an interval of 90 %.
        start: The same of the start.
        landslide_share: Estimated share of the scene that is landslide.
        doubts: Why the score is not to be trusted; empty if it is.
        suggestions: Boxes worth marking next, the best first, each with its reason.
        metadata: What the weights file holds besides the weights.
        network: The network, a Keras model.
        inputs: Files that were read, which are not overwritten.
    """

    chosen: str
    landslides: int
    bare: int
    score: Score
    start: Score
    landslide_share: float
    doubts: tuple[str, ...]
    suggestions: gpd.GeoDataFrame
    metadata: WeightsMetadata
    network: Any
    inputs: tuple[Path, ...] = ()

    @property
    def threshold(self) -> float:
        """Probability from which a pixel is landslide."""
        return self.metadata.threshold

    def to_dict(self) -> dict[str, object]:
        """Return all numbers as JSON values, those of `slidelens adapt`."""
        return {
            "chosen": self.chosen,
            "landslides": self.landslides,
            "bare": self.bare,
            "f1": self.score.f1,
            "f1_interval": [self.score.low, self.score.high],
            "f1_start": self.start.f1,
            "f1_start_interval": [self.start.low, self.start.high],
            "threshold": self.threshold,
            "landslide_share": self.landslide_share,
            "doubts": list(self.doubts),
            "suggestions": len(self.suggestions),
        }

    def save(self, path: PathLike) -> None:
        """Write the weights, and the suggestions beside them, if there are any: both or none.

        The suggestions of `mine.weights.h5` are the layer `suggestions` of `mine.suggestions.gpkg`.

        Args:
            path: A new file `*.weights.h5`.

        Raises:
            OutputError: The name does not end so, or a file cannot be written or has been read.
        """
        path = Path(path)
        require_output(path, self.inputs, len(self.suggestions))
        with atomic_write(path) as temporary:
            save_weights(self.network, self.metadata, temporary)
            if len(self.suggestions):
                write_inventory(self.suggestions, suggestions_path(path), SUGGESTIONS)

    def __repr__(self) -> str:
        score = self.score
        return (
            f"<Adaptation: {self.chosen}, F1 {score.f1:.2f} ({score.low:.2f} to {score.high:.2f})"
            f" on {counted(self.landslides, 'landslide')} and {counted(self.bare, 'bare place')}"
            f" held back, {self.start.f1:.2f} before>"
        )

    def _repr_html_(self) -> str:
        return html_list(
            {
                "changed": self.chosen,
                "landslides": self.landslides,
                "bare places": self.bare,
                "F1 by marks held back": self.score.f1,
                "from": self.score.low,
                "to": self.score.high,
                "F1 before": self.start.f1,
                "threshold": self.threshold,
                "doubts": "; ".join(self.doubts) or None,
            }
        )


def require_output(path: Path, inputs: Iterable[Path], suggest: int) -> None:
    """Raise OutputError unless weights, and suggestions if there are any, can be written.

    Args:
        path: The weights file to write.
        inputs: Files that are read.
        suggest: Number of suggestions.
    """
    if not path.name.endswith(_SUFFIX):
        name = path.with_name(f"{path.name.removesuffix('.h5').removesuffix('.weights')}{_SUFFIX}")
        raise OutputError(f"{path} does not end in {_SUFFIX}; name it {name}")
    outputs = [path, suggestions_path(path)] if suggest else [path]
    refuse_overwriting({"inputs": list(inputs), "out": outputs})
    require_writable(*outputs)


def suggestions_path(weights: Path) -> Path:
    """Return the file of the suggestions beside a weights file."""
    return weights.with_name(f"{weights.name.removesuffix(_SUFFIX)}.{SUGGESTIONS}.gpkg")
