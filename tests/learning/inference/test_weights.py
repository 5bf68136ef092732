"""Weights files: metadata and weights come back, and damaged files are refused."""

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
from slidelens.learning.inference.weights import (
    Origin,
    load_into,
    metadata_text,
    read_weights_metadata,
    require_architecture,
    save_weights,
)
from slidelens.learning.networks.ensemble import build_members, members_of
from slidelens.learning.networks.registry import build_network
from slidelens.params.schema import ModelParams
from support.learning.trainings import METADATA, two_layer_architecture
from support.studies import small_network

damaged = pytest.mark.filterwarnings(
    "ignore:Skipping nested container"
)  # Keras says so before it refuses the file


@pytest.fixture(scope="module")
def network() -> Any:
    return small_network(filters=2, bands=3)


@pytest.fixture
def path(tmp_path: Path, network: Any) -> Path:
    save_weights(network, METADATA, tmp_path / "models/2015.weights.h5")
    return tmp_path / "models/2015.weights.h5"


def test_the_metadata_come_back_as_they_were(path: Path) -> None:
    assert read_weights_metadata(path) == METADATA


def test_sources_come_back_and_are_not_written_without(
    tmp_path: Path, path: Path, network: Any
) -> None:
    several = replace(METADATA, sources={"taiwan": 10.0, "bijie": 1.6})
    save_weights(network, several, tmp_path / "several.weights.h5")
    back = read_weights_metadata(tmp_path / "several.weights.h5")
    assert back == several
    assert (back.pixels_m, back.described_pixels) == ((1.6, 10.0), "1.6–10 m")
    assert back.uses_own_statistics
    assert not replace(back, local_window_px=128).uses_own_statistics
    assert "sources" not in metadata_text(METADATA)
    assert (METADATA.pixels_m, METADATA.described_pixels) == ((10.0, 10.0), "10 m")


@pytest.mark.parametrize(
    ("scores", "text"),
    [
        ({}, "adapted with 1 landslide and 9 places without"),
        (
            {"f1": 0.555, "f1_low": 0.4, "f1_high": 0.7},
            "adapted with 1 landslide and 9 places without; F1 by marks held back 0.56 (0.40 to"
            " 0.70)",
        ),
    ],
)
def test_what_weights_were_adapted_from_comes_back(
    tmp_path: Path, network: Any, scores: dict[str, float], text: str
) -> None:
    origin = Origin(weights="0" * 64, chosen="threshold", landslides=1, bare=9, **scores)
    assert origin.describe() == text
    adapted = replace(METADATA, adapted=origin)
    save_weights(network, adapted, tmp_path / "mine.weights.h5")
    assert read_weights_metadata(tmp_path / "mine.weights.h5") == adapted
    assert "adapted" not in metadata_text(METADATA)  # files of other weights stay as they were


def test_the_weights_come_back_as_they_were(path: Path, network: Any) -> None:
    target = small_network(filters=2, bands=3, seed=9)
    load_into(target, path)
    for weights, expected in zip(target.get_weights(), network.get_weights(), strict=True):
        np.testing.assert_array_equal(weights, expected)


def test_the_same_weights_give_the_same_bytes(tmp_path: Path, path: Path, network: Any) -> None:
    save_weights(network, METADATA, tmp_path / "again.weights.h5")
    assert (tmp_path / "again.weights.h5").read_bytes() == path.read_bytes()
    save_weights(network, replace(METADATA, threshold=0.42), tmp_path / "again.weights.h5")
    assert (tmp_path / "again.weights.h5").read_bytes() != path.read_bytes()


def test_a_trained_network_is_written_without_its_optimiser(
    tmp_path: Path, path: Path, network: Any
) -> None:
    import keras

    trained = small_network(filters=2, bands=3)
    optimizer = keras.optimizers.Adam()
    optimizer.build(trained.trainable_variables)
    trained.compile(optimizer, "mse")
    save_weights(trained, METADATA, tmp_path / "trained.weights.h5")
    assert (tmp_path / "trained.weights.h5").read_bytes() == path.read_bytes()


def test_keras_itself_reads_the_file(path: Path, network: Any) -> None:
    target = small_network(filters=2, bands=3, seed=9)
    target.load_weights(path)
    for weights, expected in zip(target.get_weights(), network.get_weights(), strict=True):
        np.testing.assert_array_equal(weights, expected)


def test_another_architecture_is_refused_with_both(path: Path) -> None:
    require_architecture(METADATA, ModelParams(), 2, 1, path)
    line = (
        r"2015.weights.h5 holds a unet with 2 filters .*, params.yaml asks for a unet with 16 .*; "
        r"run `dvc repro pretrain`, or change params.yaml"
    )
    with pytest.raises(WeightsError, match=line):
        require_architecture(METADATA, ModelParams(), 16, 1, path)


@damaged
def test_another_width_or_number_of_bands_does_not_load(path: Path) -> None:
    for network in (small_network(filters=4, bands=3), small_network(filters=2, bands=5)):
        with pytest.raises(
            WeightsError, match=r"2015.weights.h5 does not fit a unet network with [\d,]+ weights"
        ):
            load_into(network, path)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"there are no weights .*a.weights.h5; check the"):
        read_weights_metadata(tmp_path / "a.weights.h5")
    (tmp_path / "dvc.yaml").touch()
    with pytest.raises(
        WeightsError,
        match=r"there are no weights .*a.weights.h5; "
        r"run `dvc repro pretrain`, or `dvc pull .*a.weights.h5`",
    ):
        read_weights_metadata(tmp_path / "a.weights.h5")


def test_a_file_of_another_kind() -> None:
    with pytest.raises(WeightsError, match=r"marks.gpkg is no weights file, .*; give one that sl"):
        read_weights_metadata(Path("marks.gpkg"))
    with pytest.raises(WeightsError, match=r"net.h5 is no weights file, .*; if it is one, rename"):
        read_weights_metadata(Path("net.h5"))


@pytest.mark.parametrize("keep", [0, 100, 20_000])
def test_a_truncated_file_or_none_at_all(path: Path, keep: int) -> None:
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(
        WeightsError,
        match=r"cannot read .*2015.weights.h5: not a weights file, or truncated; copy it again",
    ):
        read_weights_metadata(path)


def test_a_text_file(tmp_path: Path) -> None:
    (tmp_path / "a.weights.h5").write_text("not weights")
    with pytest.raises(WeightsError, match="not a weights file, or truncated"):
        read_weights_metadata(tmp_path / "a.weights.h5")


def test_weights_that_slidelens_did_not_write(tmp_path: Path, network: Any) -> None:
    network.save_weights(tmp_path / "a.weights.h5")
    with pytest.raises(
        WeightsError,
        match=r"a.weights.h5 was not written by slidelens: it lacks the architecture",
    ):
        read_weights_metadata(tmp_path / "a.weights.h5")


@pytest.mark.parametrize("text", ["{", "[]", '{"filters": 2}'])
def test_metadata_that_this_version_cannot_read(path: Path, text: str) -> None:
    with h5py.File(path, "a") as file:
        file.attrs["slidelens"] = text
    with pytest.raises(
        WeightsError,
        match=r"2015.weights.h5 was written by an incompatible version of slidelens; train it",
    ):
        read_weights_metadata(path)


@damaged
def test_metadata_without_the_weights(path: Path) -> None:
    with h5py.File(path, "a") as file:
        del file["layers"]["conv2d"]
    with pytest.raises(WeightsError, match="does not fit a unet network"):
        load_into(small_network(filters=2, bands=3), path)


def test_a_name_that_keras_does_not_accept(tmp_path: Path, path: Path) -> None:
    shutil.copy(path, tmp_path / "renamed.h5")
    with pytest.raises(
        WeightsError,
        match=r"renamed\.h5 is no weights file, whose name ends in \.weights\.h5; if it is one",
    ):
        read_weights_metadata(tmp_path / "renamed.h5")


# Members of an ensemble


def datasets(path: Path) -> dict[str, Any]:
    """The arrays of a weights file by their path in it."""
    arrays: dict[str, Any] = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, item: (
                arrays.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None
            )
        )
    return arrays


def test_the_file_of_one_member_is_that_of_the_network_alone(tmp_path: Path) -> None:
    import keras

    keras.utils.set_random_seed(5)
    alone, member = (
        build_network(ModelParams(), 2, 3),
        build_members(ModelParams(), 2, 3, members=1, seed=5),
    )
    for name, network in (("alone", alone), ("member", member)):
        save_weights(network, METADATA, tmp_path / f"{name}.weights.h5")
    path = tmp_path / "member.weights.h5"
    assert (tmp_path / "alone.weights.h5").read_bytes() == path.read_bytes()
    assert "layers/conv2d/vars/0" in datasets(path)  # as in files from before there were members


def test_one_file_holds_all_members_in_their_order_and_nothing_else(tmp_path: Path) -> None:
    """Also once they were trained, which gives each an optimiser."""
    import tensorflow as tf

    path = tmp_path / "a.weights.h5"
    with two_layer_architecture():
        network, target = (build_members(ModelParams(), 2, 3, 2, seed=seed) for seed in (5, 9))
    for member in members_of(network):
        member.compile("adam", "mse", run_eagerly=True)
        member.fit(tf.zeros((1, 16, 16, 3)), tf.zeros((1, 16, 16, 1)), verbose=0)
    save_weights(network, replace(METADATA, members=2), path)
    assert read_weights_metadata(path).members == 2
    arrays = [values for values in datasets(path).values() if values.size]
    assert len(arrays) == len(network.get_weights())
    load_into(target, path)
    for trained, loaded in zip(members_of(network), members_of(target), strict=True):
        for expected, weights in zip(trained.get_weights(), loaded.get_weights(), strict=True):
            np.testing.assert_array_equal(weights, expected)


def test_a_file_from_before_there_were_members_holds_one(path: Path) -> None:
    with h5py.File(path, "a") as file:
        file.attrs["slidelens"] = file.attrs["slidelens"].replace('"members": 1, ', "")
    assert read_weights_metadata(path) == METADATA


FULL = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from support.studies import small_network
from support.learning.trainings import METADATA
from slidelens.errors import OutputError
from slidelens.learning.inference.weights import save_weights
network, path = small_network(2, 3), Path(sys.argv[2])
size = path.stat().st_size
for limit in (1, size // 2, size - 1):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        save_weights(network, METADATA, path)
        print(limit, "of", size, "was not refused")
    except OutputError as error:
        assert "cannot write" in str(error)
"""


def test_a_full_disk_is_an_error_and_not_a_crash(path: Path) -> None:
    before = path.read_bytes()
    command = [sys.executable, "-c", FULL, str(Path(__file__).parents[2]), str(path)]
    process = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (process.returncode, process.stdout) == (0, ""), process.stderr[-2000:]
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]
