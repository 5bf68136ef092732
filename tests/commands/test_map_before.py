"""`slidelens map --before`: the change since an earlier image."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from slidelens import cli
from slidelens.api.mapping.folder_map import describe_job
from slidelens.api.mapping.options import MapOptions
from slidelens.api.mapping.preparation import prepare_map
from slidelens.api.mapping.scene_map import map_scene
from slidelens.api.network import load_weights
from slidelens.api.scene import open_scene
from slidelens.dataset.change_channels import change_names, leave_change
from slidelens.dataset.standardisation import BandStatistics
from slidelens.layers.probability import read_probability
from slidelens.learning.exporting.patches import PatchPredictor
from slidelens.learning.inference.weights import save_weights
from slidelens.learning.tiling.identity import states_of
from slidelens.learning.tiling.tile_job import load_once
from support.learning.trainings import METADATA
from support.studies import BANDS, grid_of, image, small_network, write_image

GRID = grid_of(96, 96)
CHANNELS = (*BANDS, *change_names(BANDS))
Command = Callable[..., int]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two images, and random weights with and without the change."""
    folder = tmp_path_factory.mktemp("maps")
    write_image(folder / "later.tif", GRID, image(GRID, [], 1))
    earlier = image(GRID, [], 2)
    earlier[:, 48:] = 0
    write_image(folder / "earlier.tif", GRID, earlier)
    for name, channels in (("with", CHANNELS), ("without", BANDS)):
        number = len(channels)
        statistics = leave_change(BandStatistics(channels, (900.0,) * number, (500.0,) * number, 9))
        metadata = replace(METADATA, statistics=statistics, threshold=0.5)
        save_weights(small_network(2, number), metadata, folder / f"{name}.weights.h5")
    return folder


@pytest.fixture
def run(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.chdir(folder)

    def run(out: str, *options: str, weights: str = "with") -> int:
        command = ["map", "later.tif", "--weights", f"{weights}.weights.h5"]
        return cli.main([*command, "-o", str(tmp_path / out), *options])

    return run


def test_the_map_follows_the_change_where_it_is_known(
    run: Command, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert run("alone") == 0
    told = [line for line in caplog.messages if "earlier image" in line]
    assert len(told) == 1
    assert "later.tif: no earlier image (--before), so that the change" in told[0]
    caplog.clear()
    assert run("both", "--before", "earlier.tif") == 0
    assert "no earlier image" not in caplog.text
    alone, both = (
        read_probability(tmp_path / name / "probability.tif")[0] for name in ("alone", "both")
    )
    assert np.abs(alone - both)[:, :48].max() > 0.02
    memory = map_scene("later.tif", "with.weights.h5", before="earlier.tif")
    np.testing.assert_allclose(memory.probability, both, atol=1.01 / 255)


def test_the_files_say_what_was_used(run: Command, tmp_path: Path) -> None:
    import rasterio

    assert run("both", "--before", "earlier.tif") == 0
    with rasterio.open(tmp_path / "both/probability.tif") as dataset:
        assert dataset.tags()["BEFORE"] == "earlier.tif"


def test_another_engine_gives_the_same_map(run: Command, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    for engine in ("tensorflow", "onnxruntime"):
        options = ("--before", "earlier.tif", "--engine", engine, "--precision", "float32")
        assert run(engine, *options) == 0
    one, other = (
        read_probability(tmp_path / name / "probability.tif")[0]
        for name in ("tensorflow", "onnxruntime")
    )
    np.testing.assert_allclose(one, other, atol=1.01 / 255)


@pytest.mark.parametrize(
    ("weights", "before", "told"),
    [
        ("without", "earlier.tif", "does not use the change since an earlier image; leave out"),
        ("with", "later.tif", "(--before) later.tif is the scene itself; give an earlier image"),
        ("with", "none.tif", "none.tif"),
    ],
)
def test_what_cannot_be_used_is_refused(
    run: Command,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    weights: str,
    before: str,
    told: str,
) -> None:
    assert run("out", "--before", before, weights=weights) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert told in lines[0]
    assert not (tmp_path / "out").exists()


def test_a_job_depends_on_the_earlier_image(folder: Path) -> None:
    scene = open_scene(folder / "later.tif")
    network = load_weights(folder / "with.weights.h5")
    jobs = []
    earlier = folder / "earlier.tif"
    for before in (None, earlier, earlier):
        inputs = states_of(scene.path, before)
        prepared = prepare_map(scene, network, MapOptions(before=before))
        jobs.append(describe_job(prepared, inputs))
        prepared.close_network()
        earlier.touch()
    assert len({json.dumps(job) for job in jobs}) == 3


def test_an_onnx_file_takes_one_image(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights = str(folder / "with.weights.h5")
    assert cli.main(["export", weights, "-o", str(folder / "a.onnx")]) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1
    assert "was trained with the change since an earlier image; an ONNX file takes one" in told[0]


def test_patches_are_mapped_as_without_an_earlier_image(folder: Path) -> None:
    network = load_weights(folder / "with.weights.h5")
    prepared = prepare_map(open_scene(folder / "later.tif"), network, MapOptions())
    patches = PatchPredictor(network.metadata, load_once(network.choice(prepared.predictor)))
    assert patches.bands == BANDS
    pixels = open_scene(folder / "later.tif").read().pixels
    expected = map_scene(folder / "later.tif", network).probability
    np.testing.assert_allclose(patches.predict(pixels), expected, atol=1e-5)
