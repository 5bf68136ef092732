"""The origin of a fetched image goes from the record beside it into the prepared data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from slidelens.layers.origin import copy_origin, describe_origin, file_digest

ITEM = {"id": "S2A_54TWN_20180916_0_L2A", "baseline": 2.08, "offset": {"added": 0.0}, "crs": None}


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    path = tmp_path / "2018-09-16.tif"
    path.write_bytes(b"pixels")
    return path


def write_record(scene: Path, **changes: Any) -> None:
    record = {
        "sha256": file_digest(scene),
        "request": {"catalog": "https://stac.example"},
        "clear_share": 0.987,
        "items": [ITEM, ITEM | {"id": "other", "baseline": None, "offset": None}],
    }
    scene.with_suffix(".json").write_text(json.dumps(record | changes))


def test_catalogue_items_and_clear_share_are_told(scene: Path, tmp_path: Path) -> None:
    write_record(scene)
    copy_origin(scene, tmp_path)
    assert describe_origin(tmp_path) == (
        "S2A_54TWN_20180916_0_L2A (baseline 02.08), other; 99 % clear; from https://stac.example"
    )


@pytest.mark.parametrize("text", ["", "[]", '{"sha256": 3}', "{"])
def test_a_file_of_something_else_is_no_record(scene: Path, tmp_path: Path, text: str) -> None:
    scene.with_suffix(".json").write_text(text)
    copy_origin(scene, tmp_path)
    assert describe_origin(tmp_path) is None


def test_the_record_of_another_image_is_not_taken(scene: Path, tmp_path: Path) -> None:
    write_record(scene)
    scene.write_bytes(b"edited")
    copy_origin(scene, tmp_path)
    assert describe_origin(tmp_path) is None
    write_record(scene, items=[{}])
    copy_origin(scene, tmp_path)
    assert describe_origin(tmp_path) is None


def test_an_image_that_was_not_fetched_has_no_record(scene: Path, tmp_path: Path) -> None:
    copy_origin(scene, tmp_path)
    assert describe_origin(tmp_path) is None
