"""Ensembles: members trained apart from seeds that follow each other, one file for them all, and maps that are their mean."""

from __future__ import annotations

import itertools
import logging
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest
import rasterio

from slidelens.dataset.prepared import read_prepared
from slidelens.dataset.standardisation import BandStatistics
from slidelens.errors import WeightsError
from slidelens.files import read_json
from slidelens.learning.data.tiles import Row
from slidelens.learning.inference.calibration import Calibration
from slidelens.learning.inference.loading import iter_networks, load_network
from slidelens.learning.inference.weights import (
    WeightsMetadata,
    load_into,
    read_weights_metadata,
    save_weights,
)
from slidelens.learning.mapping.prediction import predict_pixels
from slidelens.learning.networks.ensemble import build_members, members_of
from slidelens.learning.networks.registry import build_network
from slidelens.learning.runtime import compile_predictor, network_summary, quiet_tensorflow
from slidelens.learning.training.fit import Fitted, fit, random_start
from slidelens.learning.training.settings import Settings
from slidelens.params.schema import ModelParams, Params
from slidelens.stages.evaluate import evaluate
from slidelens.stages.finetune import finetune
from slidelens.stages.pretrain import pretrain
from support.studies import BANDS, params_for, small_network

Study = tuple[Path, Params]
LINE = Calibration((-9.0, 9.0), (-17.5, 18.5))  # logit p = 2 · logit output + 0.5
CARD = WeightsMetadata(
    ModelParams(),
    2,
    BandStatistics(BANDS, (0.1, 200.0, 1 / 3), (1.0, 2.5, 3e-7), 17),
    10.0,
    0.41,
    ("pretrain",),
)
PIXELS = (
    np.random.default_rng(1).normal(size=(32, 48, 3)).astype(np.float32)
)  # sides that the 4 poolings divide, turned or not


@pytest.fixture(autouse=True)
def _store(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    quiet_tensorflow()


def drawn(members: int, seed: int) -> Any:
    return build_members(ModelParams(), 2, 3, members, seed=seed)


def same(one: Sequence[Any], other: Sequence[Any]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def datasets(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, item: (
                found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None
            )
        )
    return found


def test_each_member_is_drawn_with_the_next_seed() -> None:
    first, second = members_of(drawn(2, seed=5))
    assert same(first.get_weights(), drawn(1, seed=5).get_weights())
    assert same(second.get_weights(), drawn(1, seed=6).get_weights())
    assert not same(first.get_weights(), second.get_weights())


def test_one_member_is_the_network_itself_and_its_file_has_no_other_layout(tmp_path: Path) -> None:
    import keras

    keras.utils.set_random_seed(5)
    alone, only = build_network(ModelParams(), 2, 3), drawn(1, seed=5)
    assert members_of(only) == [only]
    for name, network in (("alone", alone), ("only", only)):
        save_weights(network, CARD, tmp_path / f"{name}.weights.h5")
    assert (tmp_path / "alone.weights.h5").read_bytes() == (
        tmp_path / "only.weights.h5"
    ).read_bytes()
    assert "layers/conv2d/vars/0" in datasets(
        tmp_path / "only.weights.h5"
    )  # where files had it before there were members


def test_one_file_holds_all_members_in_their_order_and_nothing_else(tmp_path: Path) -> None:
    """Also once they were trained, which gives each an optimiser."""
    import tensorflow as tf

    network, path = drawn(2, seed=5), tmp_path / "a.weights.h5"
    for member in members_of(network):
        member.compile("adam", "mse", run_eagerly=True)
        member.fit(tf.zeros((1, 16, 16, 3)), tf.zeros((1, 16, 16, 1)), verbose=0)
    save_weights(network, replace(CARD, members=2), path)
    assert read_weights_metadata(path).members == 2
    assert len([values for values in datasets(path).values() if values.size]) == len(
        network.get_weights()
    )
    other = drawn(2, seed=9)
    load_into(other, path)
    for ours, theirs in zip(members_of(network), members_of(other), strict=True):
        assert same(ours.get_weights(), theirs.get_weights())


def test_a_file_from_before_there_were_members_holds_one(tmp_path: Path) -> None:
    path = tmp_path / "a.weights.h5"
    save_weights(drawn(1, seed=5), CARD, path)
    with h5py.File(path, "a") as file:
        file.attrs["slidelens"] = file.attrs["slidelens"].replace('"members": 1, ', "")
    assert read_weights_metadata(path) == CARD


@pytest.mark.parametrize("symmetries", [1, 4])
def test_a_map_is_the_mean_of_its_members_maps_and_tells_how_they_deviate(
    tmp_path: Path, symmetries: int
) -> None:
    """By hand from each member's own map of each turn of the scene, which one window holds."""
    alone, pair, path = (
        [small_network(2, 3, seed) for seed in (1, 2)],
        drawn(2, seed=5),
        tmp_path / "a.weights.h5",
    )
    for member, own in zip(members_of(pair), alone, strict=True):
        member.set_weights(own.get_weights())
    card = replace(CARD, symmetries=symmetries, members=2, calibration=LINE)
    save_weights(pair, card, path)
    found = predict_pixels(PIXELS, card, load_network(path)[1], window=1024)
    maps = []
    for own, quarter in itertools.product(map(compile_predictor, alone), range(symmetries)):
        one = predict_pixels(
            np.ascontiguousarray(np.rot90(PIXELS, quarter)), CARD, own, window=1024
        )
        assert one.deviation is None
        maps.append(np.rot90(one.output, -quarter))
    np.testing.assert_allclose(found.output, np.mean(maps, axis=0), atol=1e-5)
    np.testing.assert_allclose(
        found.probability, card.calibration(np.mean(maps, axis=0)), atol=1e-5
    )
    assert found.deviation is not None
    assert found.deviation.mean() > 0.01
    np.testing.assert_allclose(
        found.deviation, card.calibration(np.stack(maps)).std(axis=0), atol=1e-5
    )


# Training


def short(members: int, root: Path = Path("raw"), **changes: object) -> Params:
    """Two epochs of two steps."""
    steps = {f"{section}__patches_per_epoch": 4 for section in ("pretrain", "finetune")}
    dates = ["2013", "2014", "2015", "2016"]
    return params_for(
        root, dates, batch_size=2, epochs=2, learning__members=members, **steps, **changes
    )  # type: ignore[arg-type]


def fitted(
    folder: Path,
    members: int,
    seed: int,
    start: Path | None = None,
    told: list[tuple[int, Row]] | None = None,
) -> Fitted:
    params = short(members)
    settings = Settings(params.lr, params.batch_size, 2, seed, params.learning, params.finetune)
    epochs: list[tuple[int, Row]] = [] if told is None else told
    return fit(
        read_prepared(folder / "data/prepared/2013"),
        params,
        settings,
        "2013",
        start,
        lambda *epoch: epochs.append(epoch),
    )


@pytest.fixture(scope="module")
def apart(pretrained: Study) -> tuple[Fitted, Fitted]:
    """One network with seed 1 and one with seed 2."""
    return fitted(pretrained[0], 1, seed=1), fitted(pretrained[0], 1, seed=2)


@pytest.fixture(scope="module")
def together(pretrained: Study) -> Iterator[tuple[Fitted, list[tuple[int, Row]], str]]:
    """Both as members of one ensemble, with what each epoch told and what the log said."""
    told: list[tuple[int, Row]] = []
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    log = logging.getLogger("slidelens.learning.training.progress")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    yield fitted(pretrained[0], 2, seed=1, told=told), told, "\n".join(lines)
    log.removeHandler(handler)
    log.setLevel(logging.NOTSET)


def test_members_are_trained_apart_with_seeds_that_follow_each_other(
    apart: Any, together: Any
) -> None:
    for alone, member in zip(apart, members_of(together[0].network), strict=True):
        for ours, theirs in zip(alone.network.get_weights(), member.get_weights(), strict=True):
            np.testing.assert_allclose(
                ours, theirs, rtol=1e-3, atol=1e-5
            )  # threads share the sums as they come
    assert not same(*(member.get_weights() for member in members_of(together[0].network)))
    assert "2013 member 1/2 epoch 2/2" in together[2]
    assert "2013 member 2/2 epoch 1/2" in together[2]


def test_epochs_are_counted_on_and_the_best_is_that_of_the_best_member(
    apart: Any, together: Any
) -> None:
    fit, told, _ = together
    rows = fit.history.rows
    assert [row["epoch"] for row in rows] == [epoch for epoch, _ in told] == [1, 2, 3, 4]
    losses = [row["val_loss"] for alone in apart for row in alone.history.rows]
    assert [row["val_loss"] for row in rows] == pytest.approx(losses, rel=1e-4)
    assert fit.history.best == 1 + int(np.argmin(losses))


def test_calibration_and_threshold_are_those_of_the_mean(apart: Any, together: Any) -> None:
    card = together[0].card
    assert (card.members, card.trained_on) == (2, ("2013",))
    assert card.calibration not in [alone.card.calibration for alone in apart]
    assert {alone.card.members for alone in apart} == {1}


def test_fine_tuning_goes_on_from_each_member_of_the_start(
    pretrained: Study, tmp_path: Path
) -> None:
    """With all but the last layer frozen member k ends with the other layers of the start's member k."""
    shutil.copytree(pretrained[0], tmp_path, dirs_exist_ok=True)
    start = tmp_path / "models/pretrained.weights.h5"
    network, card = random_start(replace(read_weights_metadata(start), members=2), seed=7)
    save_weights(network, card, start)
    finetune(short(2, finetune__freeze="all_but_head", finetune__lr_share=1.0), "2013", tmp_path)
    tuned, _ = random_start(card, seed=1)
    load_into(tuned, tmp_path / "models/2013.weights.h5")
    assert read_weights_metadata(tmp_path / "models/2013.weights.h5").members == 2
    for before, after in zip(members_of(network), members_of(tuned), strict=True):
        for ours, theirs in zip(before.get_weights()[:-2], after.get_weights()[:-2], strict=True):
            np.testing.assert_allclose(
                ours, theirs, rtol=1e-5
            )  # the running average of equal weights differs in its last digit
        assert not same(before.get_weights()[-2:], after.get_weights()[-2:])
    history = (tmp_path / "metrics/history/2013.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in history] == [
        "epoch",
        "0",
        "1",
        "2",
        "3",
        "4",
        "5",
    ]  # each starts with what it starts from


def test_the_stages_run_with_two_members(pretrained: Study, tmp_path: Path) -> None:
    shutil.copytree(pretrained[0] / "data", tmp_path / "data")
    params = short(2, evaluate__symmetries=1)
    pretrain(params, tmp_path)
    finetune(params, "2013", tmp_path)
    assert {
        name: read_weights_metadata(tmp_path / f"models/{name}.weights.h5").members
        for name in ("pretrained", "scratch", "2013")
    } == {
        "pretrained": 2,
        "scratch": 2,
        "2013": 2,
    }
    rows = pd.read_csv(tmp_path / "metrics/history/pretrain.csv")
    assert rows.epoch.tolist() == [1, 2, 3, 4]
    assert (
        read_json(tmp_path / "metrics/pretrain.json")["pretrain"]["epoch"]
        == rows.epoch[rows.val_loss.idxmin()]
    )
    evaluate(params, "2013", tmp_path)
    with rasterio.open(tmp_path / "data/maps/2013/probability.tif") as layers:
        assert layers.count == 2
        assert np.nanmax(layers.read(2)) > 0
    assert read_json(tmp_path / "data/maps/2013/scores.json")["after"]["loss"] > 0


def test_random_weights_hold_as_many_members(pretrained: Study) -> None:
    card = replace(read_weights_metadata(pretrained[0] / "models/pretrained.weights.h5"), members=2)
    network, said = random_start(card, seed=3)
    assert said.members == len(members_of(network)) == 2
    for number, member in enumerate(members_of(network)):
        assert same(
            member.get_weights(),
            random_start(replace(card, members=1), seed=3 + number)[0].get_weights(),
        )


def test_another_number_of_members_is_refused(pretrained: Study, tmp_path: Path) -> None:
    shutil.copytree(pretrained[0], tmp_path, dirs_exist_ok=True)
    start = tmp_path / "models/pretrained.weights.h5"
    line = r"pretrained.weights.h5 holds 1 member, params.yaml asks for 3 \(learning.members\); run `dvc repro pretrain`, or change params.yaml$"
    with pytest.raises(WeightsError, match=line):
        finetune(short(3), "2013", tmp_path)
    with pytest.raises(WeightsError, match=line):
        next(iter(iter_networks([start], short(3))))
    save_weights(*random_start(replace(read_weights_metadata(start), members=2), seed=1), start)
    with pytest.raises(
        WeightsError, match=r"holds 2 members, params.yaml asks for 1 \(learning.members\)"
    ):
        next(iter(iter_networks([start], short(1))))


def test_the_summary_tells_each_member() -> None:
    text = network_summary(drawn(2, seed=1))
    assert "member1" in text
    assert "member2" in text
    assert text.count("down1_conv1") >= 2
