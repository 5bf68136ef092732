"""From prepared data to calibrated weights, of one network or of the members of an ensemble.

A network of two layers stands for the U-Net: what is tested does not depend on it.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import rasterio

from slidelens.dataset.parts import TEST, TRAIN, UNKNOWN, VALIDATION
from slidelens.dataset.prepared import read_prepared
from slidelens.errors import WeightsError
from slidelens.files import read_json
from slidelens.learning.data.tiles import Row
from slidelens.learning.inference.weights import load_into, read_weights_metadata, save_weights
from slidelens.learning.networks.ensemble import members_of
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.learning.training.fit import (
    Fitted,
    fit,
    random_start,
    training_and_validation_data,
)
from slidelens.learning.training.settings import Settings
from slidelens.params.schema import Params
from slidelens.stages.evaluate import evaluate
from slidelens.stages.finetune import finetune
from slidelens.stages.pretrain import pretrain
from support.learning.trainings import two_layer_architecture
from support.studies import params_for

Study = tuple[Path, Params]
DATES = ["2013", "2014", "2015", "2016"]


@pytest.fixture(scope="module", autouse=True)
def _two_layers(pretrained: Study) -> Iterator[None]:
    """After the session's study, which is pretrained with a U-Net."""
    quiet_tensorflow()
    with two_layer_architecture():
        yield


@pytest.fixture(autouse=True)
def _store(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)


def equal(first: Sequence[Any], second: Sequence[Any]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def short(members: int, **changes: Any) -> Params:
    """Two epochs of two steps."""
    steps = {f"{section}__patches_per_epoch": 4 for section in ("pretrain", "finetune")}
    return params_for(
        Path("raw"),
        DATES,
        batch_size=2,
        epochs=2,
        learning__members=members,
        **steps,
        **changes,
    )


def test_training_sees_the_train_blocks_alone_and_validation_no_test_block(
    pretrained: Study,
) -> None:
    prepared = read_prepared(pretrained[0] / "data/prepared/2013")
    parts = prepared.split_map
    training, tiles = training_and_validation_data(prepared, pretrained[1].split)
    assert isinstance(training.pixels, np.ndarray)
    visible = (training.pixels != 0).any(axis=-1)
    assert visible.any()
    assert not visible[parts != TRAIN].any()
    assert (training.labels[parts != TRAIN] == UNKNOWN).all()
    np.testing.assert_array_equal(training.labels[parts == TRAIN], prepared.labels[parts == TRAIN])
    validation = parts == VALIDATION
    for label in (0, 1):
        assert (tiles.labels == label).sum() == (prepared.labels[validation] == label).sum() > 0
    assert tiles.side == 16  # as the blocks, so that each is in one tile
    test = (parts == TEST)[..., None]
    pixels = np.where(test, prepared.scene.pixels.max(), prepared.scene.pixels)
    changed = replace(prepared, scene=replace(prepared.scene, pixels=pixels))
    _, changed_tiles = training_and_validation_data(changed, pretrained[1].split)
    np.testing.assert_array_equal(changed_tiles.pixels, tiles.pixels)
    # train ground is the context of validation blocks
    pixels = np.where((parts == TRAIN)[..., None], pixels.max(), pixels)
    changed = replace(prepared, scene=replace(prepared.scene, pixels=pixels))
    _, changed_tiles = training_and_validation_data(changed, pretrained[1].split)
    assert (changed_tiles.pixels[tiles.labels == UNKNOWN] != 0).any()
    assert (changed_tiles.pixels != tiles.pixels)[tiles.labels == UNKNOWN].any()
    labelled = tiles.labels != UNKNOWN
    np.testing.assert_array_equal(changed_tiles.pixels[labelled], tiles.pixels[labelled])


# Ensembles


def fit_date(folder: Path, members: int, seed: int, epochs: list[tuple[int, Row]]) -> Fitted:
    params = short(members)
    settings = Settings(
        lr=params.lr,
        batch_size=params.batch_size,
        epochs=2,
        seed=seed,
        learning=params.learning,
        schedule=params.finetune,
    )
    return fit(
        read_prepared(folder / "data/prepared/2013"),
        params,
        settings,
        "2013",
        None,
        lambda *epoch: epochs.append(epoch),
    )


@dataclass(frozen=True)
class EnsembleRun:
    """An ensemble, the epochs that it reported, and its log."""

    fitted: Fitted
    epochs: list[tuple[int, Row]]
    log: str


@pytest.fixture(scope="module")
def separate(pretrained: Study) -> tuple[Fitted, Fitted]:
    """One network with seed 1 and one with seed 2."""
    return fit_date(pretrained[0], 1, 1, []), fit_date(pretrained[0], 1, 2, [])


@pytest.fixture(scope="module")
def ensemble(pretrained: Study) -> Iterator[EnsembleRun]:
    """Both as members of one ensemble."""
    epochs: list[tuple[int, Row]] = []
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    log = logging.getLogger("slidelens.learning.training.progress")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    yield EnsembleRun(fit_date(pretrained[0], 2, 1, epochs), epochs, "\n".join(lines))
    log.removeHandler(handler)
    log.setLevel(logging.NOTSET)


Separate = tuple[Fitted, Fitted]


def test_members_are_trained_independently_with_consecutive_seeds(
    separate: Separate, ensemble: EnsembleRun
) -> None:
    members = members_of(ensemble.fitted.network)
    for single, member in zip(separate, members, strict=True):
        for expected, weights in zip(
            single.network.get_weights(), member.get_weights(), strict=True
        ):
            # threads sum in any order
            np.testing.assert_allclose(weights, expected, rtol=1e-3, atol=1e-5)
    assert not equal(*(member.get_weights() for member in members))
    assert "2013 member 1/2 epoch 2/2" in ensemble.log
    assert "2013 member 2/2 epoch 1/2" in ensemble.log


def test_epochs_are_numbered_through_and_the_best_is_that_of_the_best_member(
    separate: Separate, ensemble: EnsembleRun
) -> None:
    history = ensemble.fitted.history
    numbers = [epoch for epoch, _ in ensemble.epochs]
    assert [row["epoch"] for row in history.rows] == numbers == [1, 2, 3, 4]
    losses = [row["val_loss"] for single in separate for row in single.history.rows]
    assert [row["val_loss"] for row in history.rows] == pytest.approx(losses, rel=1e-4)
    assert history.best == 1 + int(np.argmin(np.array(losses, float)))


def test_calibration_and_threshold_are_those_of_the_mean(
    separate: Separate, ensemble: EnsembleRun
) -> None:
    metadata = ensemble.fitted.metadata
    assert (metadata.members, metadata.trained_on) == (2, ("2013",))
    assert metadata.calibration not in [single.metadata.calibration for single in separate]
    assert {single.metadata.members for single in separate} == {1}


def test_fine_tuning_continues_from_each_member_of_the_start(
    pretrained: Study, tmp_path: Path
) -> None:
    """With all but the last layer frozen member k ends with the other layers of the start's k."""
    shutil.copytree(pretrained[0], tmp_path, dirs_exist_ok=True)
    start = tmp_path / "models/pretrained.weights.h5"
    network, metadata = random_start(replace(read_weights_metadata(start), members=2), seed=7)
    save_weights(network, metadata, start)
    finetune(short(2, finetune__freeze="all_but_head", finetune__lr_share=1.0), "2013", tmp_path)
    tuned, _ = random_start(metadata, seed=1)
    load_into(tuned, tmp_path / "models/2013.weights.h5")
    assert read_weights_metadata(tmp_path / "models/2013.weights.h5").members == 2
    for before, after in zip(members_of(network), members_of(tuned), strict=True):
        for expected, weights in zip(
            before.get_weights()[:-2], after.get_weights()[:-2], strict=True
        ):
            # the running average of equal weights differs in its last digit
            np.testing.assert_allclose(weights, expected, rtol=1e-5)
        assert not equal(before.get_weights()[-2:], after.get_weights()[-2:])
    history = (tmp_path / "metrics/history/2013.csv").read_text().splitlines()
    epochs = [row.split(",")[0] for row in history]
    # each member starts with the score of its start
    assert epochs == ["epoch", "0", "1", "2", "3", "4", "5"]


def test_the_stages_run_with_two_members(pretrained: Study, tmp_path: Path) -> None:
    shutil.copytree(pretrained[0] / "data", tmp_path / "data")
    params = short(2, evaluate__symmetries=1)
    pretrain(params, tmp_path)
    finetune(params, "2013", tmp_path)
    assert {
        name: read_weights_metadata(tmp_path / f"models/{name}.weights.h5").members
        for name in ("pretrained", "scratch", "2013")
    } == {"pretrained": 2, "scratch": 2, "2013": 2}
    rows = pd.read_csv(tmp_path / "metrics/history/pretrain.csv")
    assert rows.epoch.tolist() == [1, 2, 3, 4]
    best = read_json(tmp_path / "metrics/pretrain.json")["pretrain"]["epoch"]
    assert best == rows.epoch.iloc[int(rows.val_loss.argmin())]
    evaluate(params, "2013", tmp_path)
    with rasterio.open(tmp_path / "data/maps/2013/probability.tif") as layers:
        assert layers.count == 2
        assert np.nanmax(layers.read(2)) > 0
    assert read_json(tmp_path / "data/maps/2013/scores.json")["after"]["loss"] > 0


def test_a_random_start_has_as_many_members(pretrained: Study) -> None:
    start = pretrained[0] / "models/pretrained.weights.h5"
    metadata = replace(read_weights_metadata(start), members=2)
    network, random_metadata = random_start(metadata, seed=3)
    assert random_metadata.members == len(members_of(network)) == 2
    for number, member in enumerate(members_of(network)):
        single, _ = random_start(replace(metadata, members=1), seed=3 + number)
        assert equal(member.get_weights(), single.get_weights())


def test_fine_tuning_refuses_another_number_of_members(pretrained: Study, tmp_path: Path) -> None:
    shutil.copytree(pretrained[0], tmp_path, dirs_exist_ok=True)
    line = (
        r"pretrained.weights.h5 holds 1 member, params.yaml asks for 3 \(learning.members\); "
        r"run `dvc repro pretrain`, or change params.yaml$"
    )
    with pytest.raises(WeightsError, match=line):
        finetune(short(3), "2013", tmp_path)
