"""The network of a worker."""

from __future__ import annotations

from pathlib import Path

import pytest

from slidelens.learning.tiling.tile_job import NetworkChoice, load_once
from support.learning.trainings import METADATA


def test_a_worker_loads_a_weights_file_again_when_it_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.weights.h5"
    monkeypatch.setattr(
        "slidelens.learning.tiling.tile_job.load_tile_predictor",
        lambda path, *_: path.read_text(encoding="utf-8"),
    )
    path.write_text("first", encoding="utf-8")
    first = load_once(NetworkChoice(path, METADATA))
    assert load_once(NetworkChoice(path, METADATA)) is first
    path.write_text("second", encoding="utf-8")
    assert [str(first), str(load_once(NetworkChoice(path, METADATA)))] == ["first", "second"]
