"""Networks that are known by their weights files."""

from __future__ import annotations

from pathlib import Path

import h5py
import pytest

from slidelens.api.network import Network, load_weights
from slidelens.errors import WeightsError
from slidelens.learning.inference.weights import metadata_text
from support.learning.trainings import METADATA


def test_a_weights_file_is_read_without_its_weights(tmp_path: Path) -> None:
    path = tmp_path / "2015.weights.h5"
    with h5py.File(path, "w") as file:  # of metadata alone
        file.attrs["slidelens"] = metadata_text(METADATA)
    network = load_weights(path)
    assert network == Network(path, METADATA)
    assert (network.architecture, network.bands) == ("unet", ("green", "red", "nir"))
    assert (network.pixel_m, network.threshold) == (10.0, 0.41)
    assert network.trained_on == ("pretrain", "2015")
    assert repr(network) == (
        "<Network 2015.weights.h5: unet, bands green, red, nir, pixels of 10 m, "
        "threshold 0.41, trained on pretrain, 2015>"
    )


def test_a_missing_weights_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="there are no weights"):
        load_weights(tmp_path / "missing.weights.h5")
