"""Trainings that use the change since an earlier image.

A network of two layers stands for the U-Net: what is tested does not depend on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from slidelens.dataset.change_channels import ChangeLayout, change_names, own_channels
from slidelens.dataset.prepared import read_prepared
from slidelens.files import read_json
from slidelens.learning.data.tiles import Tiles, score_tiles, validation_tiles
from slidelens.learning.data.training_data import TrainingData, hide_outside
from slidelens.learning.inference.starting import build_start
from slidelens.learning.inference.weights import read_weights_metadata
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.learning.training.trainer import train
from slidelens.params.schema import ModelParams
from slidelens.stages.evaluate import evaluate
from slidelens.stages.finetune import finetune
from slidelens.stages.prepare import prepare
from slidelens.stages.pretrain import pretrain
from support.learning.trainings import SETTINGS, ground, ignore_epoch, two_layer_architecture
from support.studies import BANDS, Date, params_for, write_study

CHANNELS = (*BANDS, *change_names(BANDS))
LAYOUT = ChangeLayout.of(CHANNELS)


@pytest.fixture(autouse=True)
def _two_layers(store: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    quiet_tensorflow()
    with two_layer_architecture():
        yield


def changed_ground() -> tuple[TrainingData, Tiles]:
    """Noise whose change alone tells the landslides; the east is validation ground."""
    data, rng = ground(), np.random.default_rng(1)
    noise = rng.normal(size=(96, 96, 3))
    change = 3.0 * data.labels[..., None] + 0.3 * rng.normal(size=(96, 96, 3))
    pixels = np.concatenate([noise, change, np.ones((96, 96, 1))], axis=-1).astype(np.float32)
    west = np.broadcast_to(np.arange(96) < 64, (96, 96))
    learnt, chosen = (
        hide_outside(pixels, data.labels, part, part, change=LAYOUT) for part in (west, ~west)
    )
    return learnt, validation_tiles(chosen, 32)


def test_a_network_learns_from_the_change() -> None:
    training, tiles = changed_ground()
    network = build_start(ModelParams(), 4, CHANNELS, 1, seed=1)
    _, probabilities = train(network, training, tiles, SETTINGS, "test", ignore_epoch)
    f1 = score_tiles(tiles, probabilities, SETTINGS.learning)["f1"]
    assert f1 is not None
    assert f1 > 0.8
    hidden = replace(training, pixels=np.asarray(training.pixels)[..., :3], change=None)
    unchanged = replace(tiles, pixels=tiles.pixels[..., :3])
    plain = build_start(ModelParams(), 4, BANDS, 1, seed=1)
    _, probabilities = train(plain, hidden, unchanged, SETTINGS, "test", ignore_epoch)
    assert (score_tiles(unchanged, probabilities, SETTINGS.learning)["f1"] or 0) < 0.4


def test_the_stages_use_the_change(tmp_path: Path) -> None:
    write_study(tmp_path / "raw", {"2013": Date(), "2014": Date(seen=0.7)})
    params = params_for(
        tmp_path / "raw",
        ["2013", "2014"],
        study__derived=["change"],
        epochs=1,
        finetune__epochs=1,
        finetune__blend_px=0,
        finetune__blend=1,
    )
    prepare(params, tmp_path / "data/prepared")
    assert read_prepared(tmp_path / "data/prepared/2014").scene.bands == CHANNELS
    pretrain(params, tmp_path)
    models = tmp_path / "models"
    assert read_weights_metadata(models / "pretrained.weights.h5").statistics.bands == CHANNELS
    kernels = {}
    for date in params.dates:
        finetune(params, date, tmp_path)
        kernels[date] = _kernel(models / f"{date}.weights.h5")
    for name in ("pretrained", "scratch"):
        kernels[name] = _kernel(models / f"{name}.weights.h5")
    own = list(own_channels(CHANNELS))
    change = np.setdiff1d(np.arange(len(CHANNELS)), own)
    for name, kernel in kernels.items():  # what was never seen has no weight
        assert kernel[:, :, own].all()
        assert kernel[:, :, change].any() == (name == "2014")
    evaluate(params, "2014", tmp_path)
    assert read_json(tmp_path / "data/maps/2014/scores.json")["after"]["f1"] is not None


def _kernel(path: Path) -> np.ndarray:
    """Return the weights of the convolution of the image."""
    import h5py

    found: list[np.ndarray] = []
    with h5py.File(path) as file:
        file.visititems(
            lambda _, each: (
                found.append(each[()])
                if isinstance(each, h5py.Dataset) and each.shape[-2:-1] == (len(CHANNELS),)
                else None
            )
        )
    (kernel,) = found
    return kernel
