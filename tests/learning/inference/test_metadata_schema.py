"""Metadata of weights files from anywhere: every field that is garbled is told in one line."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from slidelens.errors import ResourceError, SlidelensError, WeightsError
from slidelens.learning.inference.weights import (
    metadata_text,
    read_weights_metadata,
    require_weights_of,
)
from support.learning.trainings import METADATA

VALUES: dict[str, Any] = json.loads(metadata_text(METADATA))
VALUES["calibration"] = {"outputs": [-1.0, 0.0, 2.0], "probabilities": [-2.0, 0.0, 0.0]}
VALUES["adapted"] = {"weights": "0" * 64, "chosen": "network", "landslides": 9, "bare": 8}
GARBAGE: list[Any] = [
    None, True, -1, 0, 10**400, -1e300, 1e300, float("nan"), float("inf"), "", "1", "\0",
    "a" * 5000, [], [None], [[]], ["red"], [1, 2], {}, {"a": 1},
]  # fmt: skip


def write(path: Path, text: Any) -> Path:
    """A weights file with the arrays of a first convolution and other metadata."""
    with h5py.File(path, "w") as file:
        file["layers/conv2d/vars/0"] = np.zeros((3, 3, 3, 2), np.float32)
        file.attrs["slidelens"] = text
    return path


def fields(values: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in values.items():
        yield (*above, name)
        if isinstance(value, dict):
            yield from fields(value, (*above, name))


def put(field: tuple[str, ...], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(VALUES)
    inner = changed
    for name in field[:-1]:
        inner = inner[name]
    inner[field[-1]] = value
    return changed


@pytest.mark.parametrize("field", list(fields(VALUES)), ids=".".join)
def test_every_garbled_field_is_read_or_refused_in_one_line(
    tmp_path: Path, field: tuple[str, ...]
) -> None:
    messages = []
    for value in GARBAGE:
        path = write(tmp_path / "a.weights.h5", json.dumps(put(field, value)))
        try:
            metadata = read_weights_metadata(path)
            require_weights_of(metadata, path)
        except (WeightsError, ResourceError) as error:
            messages.append(str(error))
    assert len(messages) >= len(GARBAGE) - 5
    for message in messages:
        assert str(path) in message
        assert "\n" not in message
        assert len(message) < 400 + len(str(path))


@pytest.mark.parametrize("field", list(fields(VALUES)), ids=".".join)
def test_a_field_that_is_missing(tmp_path: Path, field: tuple[str, ...]) -> None:
    changed = put(field, None)
    inner = changed
    for name in field[:-1]:
        inner = inner[name]
    del inner[field[-1]]
    path = write(tmp_path / "a.weights.h5", json.dumps(changed))
    defaults = {"symmetries", "members", "around_px", "architecture", "normalisation", "momentum"}
    if field[-1] in defaults or field == ("adapted",):
        read_weights_metadata(path)
        return
    with pytest.raises(WeightsError, match=f"{'.'.join(field)} is missing"):
        read_weights_metadata(path)


@pytest.mark.parametrize(
    ("field", "value", "line"),
    [
        (("filters",), 10**6, r"filters is 1000000; it should be .* at most 256 \(filters of"),
        (("threshold",), 1.0, "threshold is 1.0; it should be greater than 0 and less than 1"),
        (("statistics", "mean"), [1.0], "statistics: mean has 1 values for 3 bands"),
        (("statistics", "deviation"), [1.0, 0, 1.0], r"statistics.deviation.1 is 0; it should be"),
        (("statistics", "bands"), ["a", "a", "b"], "the names of the bands are empty or not dist"),
        (("statistics", "bands"), ["a"] * 10_000, "statistics.bands is .* a shorter text or list"),
        (("calibration", "outputs"), [0.0, 0.0, 1.0], "calibration: outputs do not increase"),
        (("calibration", "probabilities"), [0.0, -1.0, 1.0], "calibration: probabilities decr"),
        (("calibration", "outputs"), [0.0], "outputs and probabilities differ in number"),
        (("model", "architecture"), "lambda", "model.architecture is 'lambda'; it should be"),
        (("code",), "import os", "code is unknown"),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, field: tuple[str, ...], value: Any, line: str
) -> None:
    path = write(tmp_path / "a.weights.h5", json.dumps(put(field, value)))
    with pytest.raises(WeightsError, match=line):
        read_weights_metadata(path)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[" * 100_000, "NaN", "null", "[]", '"a"', "{}", "1" * 5000, b"\xed\xa0\x80"],
)
def test_metadata_that_are_no_json(tmp_path: Path, text: Any) -> None:
    with pytest.raises(WeightsError, match=r"a.weights.h5"):
        read_weights_metadata(write(tmp_path / "a.weights.h5", text))


def test_metadata_of_other_weights_are_found_before_a_network_is_built(tmp_path: Path) -> None:
    for changes in ({"filters": 200}, {"members": 2}):
        path = write(tmp_path / "a.weights.h5", json.dumps(VALUES | changes))
        metadata = read_weights_metadata(path)
        with pytest.raises(WeightsError, match="does not hold the weights that its metadata desc"):
            require_weights_of(metadata, path)


def test_errors_are_of_the_kind_that_is_printed_in_one_line() -> None:
    assert issubclass(WeightsError, SlidelensError)
