"""Write weights as a model that `mlflow models serve` and `mlflow.pyfunc` take."""

from __future__ import annotations

import logging
import shutil
import tempfile
import warnings
from pathlib import Path

import numpy as np

from slidelens import __version__
from slidelens.registry.records import WEIGHTS_FILE
from slidelens.types import Float32


def write_pyfunc(
    folder: Path, weights: Path, loader_module: str, example: Float32, card: str
) -> None:
    """Write a folder of MLflow's format with a weights file, and no code but the loader's name.

    Args:
        folder: The folder, which is made.
        weights: The weights file.
        loader_module: Module of slidelens that loads it.
        example: (n, height, width, bands) pixels.
        card: Model card, markdown.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MLflow's, of its own type hints
        import mlflow.pyfunc
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    patches = TensorSpec(np.dtype(np.float32), (-1, -1, -1, example.shape[-1]))
    probabilities = TensorSpec(np.dtype(np.float32), (-1, -1, -1))
    logging.getLogger("mlflow.pyfunc").setLevel(logging.WARNING)  # the example needs no word
    with tempfile.TemporaryDirectory() as temporary:
        named = Path(temporary) / WEIGHTS_FILE
        shutil.copyfile(weights, named)
        mlflow.pyfunc.save_model(
            str(folder),
            loader_module=loader_module,
            data_path=str(named),
            signature=ModelSignature(Schema([patches]), Schema([probabilities])),
            input_example=example,
            pip_requirements=[f"slidelens[pipeline]=={__version__}"],
        )
    (folder / "README.md").write_text(card, encoding="utf-8")
