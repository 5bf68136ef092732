"""Networks loaded from weights files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from slidelens.errors import WeightsError
from slidelens.learning.inference.loading import (
    build_from_metadata,
    iter_networks,
    load_network,
)
from slidelens.learning.inference.weights import save_weights
from slidelens.learning.training.fit import random_start
from slidelens.params.schema import Params
from support.learning.trainings import METADATA, two_layer_architecture, two_layer_network
from support.studies import params_for

PIXELS = np.random.default_rng(1).normal(size=(1, 32, 32, 3)).astype(np.float32)


@pytest.fixture(autouse=True)
def _two_layers() -> Iterator[None]:
    with two_layer_architecture():
        yield


def params(members: int = 1, filters: int = 2) -> Params:
    return params_for(Path("raw"), ["2013"], filters=filters, learning__members=members)


def test_a_file_is_enough_to_predict(tmp_path: Path) -> None:
    network, path = two_layer_network(), tmp_path / "2015.weights.h5"
    save_weights(network, METADATA, path)
    metadata, predictor = load_network(path)
    np.testing.assert_allclose(predictor(PIXELS), network(PIXELS).numpy()[..., 0], atol=1e-6)
    assert metadata == METADATA


def test_each_file_is_predicted_with_its_own_weights(tmp_path: Path) -> None:
    paths = [tmp_path / f"{seed}.weights.h5" for seed in (1, 2)]
    networks = [two_layer_network(seed=seed) for seed in (1, 2)]
    thresholds = (0.3, 0.6)
    for path, network, threshold in zip(paths, networks, thresholds, strict=True):
        save_weights(network, replace(METADATA, threshold=threshold), path)
    outputs = []
    for (metadata, predictor), threshold in zip(
        iter_networks(paths, params()), thresholds, strict=True
    ):
        assert metadata.threshold == threshold
        outputs.append(predictor(PIXELS))
    for output, network in zip(outputs, networks, strict=True):
        np.testing.assert_allclose(output, network(PIXELS).numpy()[..., 0], atol=1e-6)
    assert np.abs(outputs[0] - outputs[1]).max() > 1e-3


def test_the_seed_is_that_of_the_first_member() -> None:
    network = build_from_metadata(METADATA, seed=4)
    for weights, expected in zip(
        network.get_weights(), two_layer_network(seed=4).get_weights(), strict=True
    ):
        np.testing.assert_array_equal(weights, expected)


def test_another_architecture_is_refused_before_any_network_is_built(tmp_path: Path) -> None:
    save_weights(two_layer_network(), METADATA, tmp_path / "2015.weights.h5")
    line = "2015.weights.h5 holds a unet with 2 filters .*, params.yaml asks for a unet with 8"
    with pytest.raises(WeightsError, match=line):
        next(iter_networks([tmp_path / "2015.weights.h5"], params(filters=8)))


def test_another_number_of_members_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pretrained.weights.h5"
    save_weights(two_layer_network(), METADATA, path)
    line = (
        r"pretrained.weights.h5 holds 1 member, params.yaml asks for 3 \(learning.members\); "
        r"run `dvc repro pretrain`, or change params.yaml$"
    )
    with pytest.raises(WeightsError, match=line):
        next(iter_networks([path], params(members=3)))
    save_weights(*random_start(replace(METADATA, members=2), seed=1), path)
    with pytest.raises(
        WeightsError, match=r"holds 2 members, params.yaml asks for 1 \(learning.members\)"
    ):
        next(iter_networks([path], params(members=1)))
