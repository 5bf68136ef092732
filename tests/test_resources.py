"""What input would need of the machine is known before it is allocated or opened."""

from __future__ import annotations

import math
import os
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from slidelens import resources
from slidelens.errors import ResourceError, SceneError
from slidelens.resources import (
    available_memory_bytes,
    format_bytes,
    require_address_space,
    require_memory,
    require_readable_file,
    total_memory_bytes,
    usable_cores,
)


def test_some_memory_is_available_and_less_than_a_petabyte() -> None:
    assert 2**26 < available_memory_bytes() < 2**50


@pytest.mark.parametrize(
    ("groups", "limits", "least"),
    [
        ("0::/a/b", {"a/b/memory.max": "max", "a/memory.max": "3000000"}, 3_000_000),
        ("0::/a/b", {"a/b/memory.max": "2000000", "a/memory.max": "3000000"}, 2_000_000),
        ("0::/", {"memory.max": "1000000"}, 1_000_000),
        ("1:cpu:/\n4:memory:/c", {"memory/c/memory.limit_in_bytes": "4000000"}, 4_000_000),
        ("", {"memory/memory.limit_in_bytes": "5000000"}, 5_000_000),
    ],
)
def test_the_least_limit_of_the_control_groups_counts(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    groups: str,
    limits: dict[str, str],
    least: int,
) -> None:
    monkeypatch.setattr(resources, "_PROCESS", tmp_path)
    monkeypatch.setattr(resources, "_CONTROL_GROUPS", tmp_path / "fs")
    monkeypatch.setattr("psutil.Process.memory_info", lambda self: SimpleNamespace(rss=0, vms=0))
    (tmp_path / "cgroup").write_text(groups)
    for name, text in limits.items():
        (tmp_path / "fs" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "fs" / name).write_text(f"{text}\n")
    assert available_memory_bytes() == total_memory_bytes() == least


def test_cores_where_the_system_does_not_tell_which_may_be_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr("os.sched_getaffinity")
    monkeypatch.setattr("os.cpu_count", lambda: 6)
    assert usable_cores() == 6


def test_a_limit_of_the_address_space_that_is_too_low(monkeypatch: pytest.MonkeyPatch) -> None:
    require_address_space(10**15, "all there is")  # no limit is set
    mapped = psutil.Process().memory_info().vms
    monkeypatch.setattr("resource.getrlimit", lambda kind: (mapped + 10**9, mapped + 10**9))
    require_address_space(10**8, "a library")
    with pytest.raises(ResourceError, match="a library needs 9 GB of address space .*ulimit -v"):
        require_address_space(9 * 10**9, "a library")


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


@pytest.mark.parametrize(
    "name",
    [
        'NETCDF:"a.nc":band',
        "HDF5:a.h5://band",
        "GPKG:a.gpkg:tiles",
        "/vsizip/a.zip/a.tif",
        "/vsicurl/https://example.org/a.tif",
        "zip://a.zip!a.tif",
        "s3://bucket/a.tif",
        "https://example.org/a.tif",
    ],
)
def test_names_for_gdal_are_told_from_files_that_are_not_there(name: str) -> None:
    with pytest.raises(SceneError, match="is a name for GDAL, .*; write one first, with `gdal_tr"):
        require_readable_file(Path(name), "scene", SceneError)


def test_a_file_may_be_called_like_a_name_for_gdal(tmp_path: Path) -> None:
    (tmp_path / "NETCDF:a.nc").touch()
    require_readable_file(tmp_path / "NETCDF:a.nc", "scene", SceneError)


def test_files_and_folders_pass(tmp_path: Path) -> None:
    (tmp_path / "scene.tif").touch()
    require_readable_file(tmp_path / "scene.tif", "scene", SceneError)
    require_readable_file(tmp_path, "scene", SceneError)
