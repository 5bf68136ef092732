"""What input would need of the machine is known before it is allocated or opened."""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest

from slidelens.errors import ResourceError, SceneError
from slidelens.resources import (
    available_memory_bytes,
    format_bytes,
    require_memory,
    require_readable_file,
)


def test_some_memory_is_available_and_less_than_a_petabyte() -> None:
    assert 2**26 < available_memory_bytes() < 2**50


def test_what_fits_is_allowed() -> None:
    require_memory(1024, "a table", "shorten it")


@pytest.mark.parametrize("size_bytes", [4e12 * 1024, math.inf, math.nan])
def test_what_does_not_fit_is_refused_with_its_remedy(size_bytes: float) -> None:
    with pytest.raises(ResourceError, match=r"a grid needs .* are available; set pixel_m"):
        require_memory(size_bytes, "a grid", "set pixel_m")


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [(0, "0 bytes"), (1500, "1.5 kB"), (25e9, "25 GB"), (4e15, "4 PB"), (math.inf, "inf PB")],
)
def test_sizes_have_units(size_bytes: float, text: str) -> None:
    assert format_bytes(size_bytes) == text


def test_pipes_and_devices_are_no_input(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "scene.tif")
    for path in (tmp_path / "scene.tif", Path(os.devnull)):
        with pytest.raises(SceneError, match="is a device or a pipe, not a file"):
            require_readable_file(path, "scene", SceneError)


def test_a_path_that_cannot_be_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match="there is no scene"):
        require_readable_file(tmp_path / "none.tif", "scene", SceneError)
    for name in ("a\0b", "x" * 5000):
        with pytest.raises(SceneError, match="cannot read the scene"):
            require_readable_file(tmp_path / name, "scene", SceneError)


def test_files_and_folders_pass(tmp_path: Path) -> None:
    (tmp_path / "scene.tif").touch()
    require_readable_file(tmp_path / "scene.tif", "scene", SceneError)
    require_readable_file(tmp_path, "scene", SceneError)
