"""What MLflow serves: the probabilities of patches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from slidelens.errors import ParamsError
from slidelens.learning.exporting.patches import PatchPredictor
from slidelens.learning.inference.weights import read_weights_metadata
from slidelens.learning.tiling.tile_loading import load_tile_predictor
from slidelens.types import Float32


@dataclass(frozen=True)
class ServedNetwork:
    """A network as MLflow calls it.

    Attributes:
        predictor: The network as a function of one patch.
    """

    predictor: PatchPredictor

    def predict(self, model_input: Float32, params: object = None) -> Float32:
        """Return the probabilities of patches.

        Args:
            model_input: (n, height, width, bands) values as in a file.
            params: Nothing.

        Returns:
            (n, height, width).
        """
        del params
        patches, bands = np.asarray(model_input, np.float32), self.predictor.bands
        if patches.ndim != 4 or patches.shape[-1] != len(bands) or 0 in patches.shape[1:]:
            raise ParamsError(
                f"the patches have shape {patches.shape}; give (n, height, width, {len(bands)}),"
                f" the bands {', '.join(bands)}"
            )
        probabilities = np.zeros(patches.shape[:3], np.float32)
        for number, patch in enumerate(patches):
            probabilities[number] = self.predictor.predict(patch)
        return probabilities


def _load_pyfunc(path: str) -> ServedNetwork:
    """Load a weights file; MLflow calls this by its name."""
    metadata = read_weights_metadata(Path(path))
    return ServedNetwork(PatchPredictor(metadata, load_tile_predictor(Path(path), metadata)))
