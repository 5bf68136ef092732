"""Weights files: what they say of themselves, and what is refused."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from slidelens.errors import WeightsError
from slidelens.learning.inference.loading import load_network
from slidelens.learning.inference.weights import (
    load_into,
    read_weights_metadata,
    require_architecture,
    save_weights,
)
from slidelens.params.schema import ModelParams
from support.learning import CARD
from support.studies import small_network

damaged = pytest.mark.filterwarnings(
    "ignore:Skipping nested container"
)  # Keras says so before it refuses the file


@pytest.fixture(scope="module")
def network() -> Any:
    return small_network(filters=2, bands=3)


@pytest.fixture
def path(tmp_path: Path, network: Any) -> Path:
    save_weights(network, CARD, tmp_path / "models/2015.weights.h5")
    return tmp_path / "models/2015.weights.h5"


def test_the_card_comes_back_as_it_was(path: Path) -> None:
    assert read_weights_metadata(path) == CARD


def test_the_weights_come_back_as_they_were(path: Path, network: Any) -> None:
    other = small_network(filters=2, bands=3, seed=9)
    load_into(other, path)
    for ours, theirs in zip(network.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_file_is_enough_to_predict(path: Path, network: Any) -> None:
    card, predictor = load_network(path)
    pixels = np.random.default_rng(1).normal(size=(1, 32, 32, 3)).astype(np.float32)
    np.testing.assert_allclose(predictor(pixels), network(pixels).numpy()[..., 0], atol=1e-6)
    assert card == CARD


def test_the_same_weights_give_the_same_bytes(tmp_path: Path, path: Path, network: Any) -> None:
    save_weights(network, CARD, tmp_path / "again.weights.h5")
    assert (tmp_path / "again.weights.h5").read_bytes() == path.read_bytes()
    save_weights(network, replace(CARD, threshold=0.42), tmp_path / "again.weights.h5")
    assert (tmp_path / "again.weights.h5").read_bytes() != path.read_bytes()


def test_a_trained_network_is_written_without_its_optimiser(
    tmp_path: Path, path: Path, network: Any
) -> None:
    import keras

    trained = small_network(filters=2, bands=3)
    optimizer = keras.optimizers.Adam()
    optimizer.build(trained.trainable_variables)
    trained.compile(optimizer, "mse")
    save_weights(trained, CARD, tmp_path / "trained.weights.h5")
    assert (tmp_path / "trained.weights.h5").read_bytes() == path.read_bytes()


def test_keras_itself_reads_the_file(path: Path, network: Any) -> None:
    small_network(filters=2, bands=3, seed=9).load_weights(path)


def test_another_architecture_is_refused_with_both(path: Path) -> None:
    require_architecture(CARD, ModelParams(), 2, 1, path)
    line = r"2015.weights.h5 holds a unet with 2 filters .*, params.yaml asks for a unet with 16 .*; run `dvc repro pretrain`, or change params.yaml"
    with pytest.raises(WeightsError, match=line):
        require_architecture(CARD, ModelParams(), 16, 1, path)


@damaged
def test_another_width_or_number_of_bands_does_not_load(path: Path) -> None:
    for other in (small_network(filters=4, bands=3), small_network(filters=2, bands=5)):
        with pytest.raises(
            WeightsError, match=r"2015.weights.h5 does not fit a unet network with [\d,]+ weights"
        ):
            load_into(other, path)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(
        WeightsError,
        match=r"there are no weights .*a.weights.h5; run `dvc repro pretrain`, or `dvc pull .*a.weights.h5`",
    ):
        read_weights_metadata(tmp_path / "a.weights.h5")


@pytest.mark.parametrize("keep", [0, 100, 20_000])
def test_a_truncated_file_or_none_at_all(path: Path, keep: int) -> None:
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(
        WeightsError,
        match=r"cannot read .*2015.weights.h5; it is no weights file, or a truncated one: copy it again",
    ):
        read_weights_metadata(path)


def test_a_text_file(tmp_path: Path) -> None:
    (tmp_path / "a.weights.h5").write_text("not weights")
    with pytest.raises(WeightsError, match="it is no weights file, or a truncated one"):
        read_weights_metadata(tmp_path / "a.weights.h5")


def test_weights_that_slidelens_did_not_write(tmp_path: Path, network: Any) -> None:
    network.save_weights(tmp_path / "a.weights.h5")
    with pytest.raises(
        WeightsError,
        match=r"a.weights.h5 was not written by slidelens: it does not say its architecture",
    ):
        read_weights_metadata(tmp_path / "a.weights.h5")


@pytest.mark.parametrize("text", ["{", "[]", '{"filters": 2}'])
def test_a_card_that_this_version_cannot_read(path: Path, text: str) -> None:
    with h5py.File(path, "a") as file:
        file.attrs["slidelens"] = text
    with pytest.raises(
        WeightsError,
        match=r"2015.weights.h5 is of another version of slidelens, which this one cannot read",
    ):
        read_weights_metadata(path)


@damaged
def test_a_card_without_the_weights(path: Path) -> None:
    with h5py.File(path, "a") as file:
        del file["layers"]["conv2d"]
    with pytest.raises(WeightsError, match="does not fit a unet network"):
        load_into(small_network(filters=2, bands=3), path)


def test_a_name_by_which_keras_does_not_know_it(tmp_path: Path, path: Path) -> None:
    shutil.copy(path, tmp_path / "mine.h5")
    with pytest.raises(
        WeightsError,
        match="mine.h5 is not called .*.weights.h5, by which Keras knows its own; rename it",
    ):
        load_network(tmp_path / "mine.h5")


FULL = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from support.studies import small_network
from support.learning import CARD
from slidelens.errors import OutputError
from slidelens.learning.inference.weights import save_weights
network, path = small_network(2, 3), Path(sys.argv[2])
size = path.stat().st_size
for limit in (1, size // 2, size - 1):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        save_weights(network, CARD, path)
        print(limit, "of", size, "was not refused")
    except OutputError as error:
        assert "cannot write" in str(error)
"""


def test_a_full_disk_is_an_error_and_not_a_crash(path: Path) -> None:
    before = path.read_bytes()
    command = [sys.executable, "-c", FULL, str(Path(__file__).parents[2]), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr[-2000:]
    assert path.read_bytes() == before
    assert [other.name for other in path.parent.iterdir()] == [path.name]
