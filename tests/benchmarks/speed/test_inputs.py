"""What the contenders get."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import pytest

from benchmarks.speed.inputs import Study, weights_with
from slidelens.errors import SlidelensError


def test_weights_are_copied_with_another_number_of_symmetries(tmp_path: Path) -> None:
    source, out = tmp_path / "2016.weights.h5", tmp_path / "one.weights.h5"
    metadata = {"symmetries": 4, "statistics": {"mean": [1.0], "deviation": [2.0], "pixels": 9}}
    with h5py.File(source, "w") as file:
        file.attrs["slidelens"] = json.dumps(metadata)
    assert weights_with(source, 1, out) == {"mean": [1.0], "deviation": [2.0]}
    for path, symmetries in ((source, 4), (out, 1)):
        with h5py.File(path) as file:
            assert json.loads(file.attrs["slidelens"])["symmetries"] == symmetries


def test_a_study_without_results_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(SlidelensError, match="run the pipeline on the demo first"):
        Study(tmp_path, "2016").require()
