"""The finished tiles of a map."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from slidelens.errors import (
    GridError,
    OutputError,
    ParamsError,
    ResourceError,
    SceneError,
    WeightsError,
)
from slidelens.learning.inference.windows import Window
from slidelens.learning.tiling.map_store import store_in_files, store_in_memory
from slidelens.learning.tiling.moments import Moments
from slidelens.learning.tiling.tile_job import MappedTile
from slidelens.learning.tiling.tile_source import TileSummary

SHAPE = (40, 50)
TILES = [Window(row, column, 32, 32, 16) for row in (0, 32) for column in (0, 32)]
JOB = {"scene": "a.tif"}


def tile(position: int) -> MappedTile:
    rows, columns = TILES[position].core(SHAPE)
    shape = rows.stop - rows.start, columns.stop - columns.start
    values = np.random.default_rng(position).random(shape, np.float32)
    summary = TileSummary(
        int((values > 0.1).sum()), 0.0, Moments(3, (1.0, 2 / 3), (0.1, 0.2)), (1, 2)
    )
    return MappedTile(values, values / np.float32(3), values > 0.1, summary)


class StoppedError(Exception):
    """Stands for the end of the process."""


def begin(folder: Path, positions: list[int], error: type[Exception] = StoppedError) -> None:
    """Write some tiles, as a process that is stopped then."""
    with (
        suppress(error),
        store_in_files(folder, TILES, SHAPE, deviates=True, job=JOB) as store,
    ):
        for position in positions:
            store.write(position, tile(position))
        raise error


def test_the_same_job_goes_on_from_its_finished_tiles(tmp_path: Path) -> None:
    folder = tmp_path / "a.partial"
    begin(folder, [2, 0])
    with store_in_files(folder, TILES, SHAPE, deviates=True, job=JOB) as store:
        assert store.missing == [1, 3]
        for position in store.missing:
            store.write(position, tile(position))
        memory = store_in_memory(TILES, SHAPE, deviates=True)
        for position in range(4):
            memory.write(position, tile(position))
        whole = slice(0, 40), slice(0, 50)
        for name, layer in memory.layers.items():
            assert np.array_equal(store.layers[name].read(whole), layer.read(whole))
        assert store.summaries == memory.summaries
    assert not folder.exists()


def test_another_job_begins_anew(tmp_path: Path) -> None:
    folder = tmp_path / "a.partial"
    begin(folder, [0, 1])
    with store_in_files(folder, TILES, SHAPE, deviates=True, job={"scene": "b.tif"}) as store:
        assert store.missing == [0, 1, 2, 3]


@pytest.mark.parametrize("damage", ["cut line", "pixels", "garbage", "emptied layer"])
def test_damaged_tiles_are_mapped_again(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "a.partial"
    begin(folder, [0, 1])
    ledger = folder / "finished.jsonl"
    if damage == "cut line":
        ledger.write_text(ledger.read_text()[:-40])
    elif damage == "pixels":
        with (folder / "probability.raw").open("r+b") as file:
            file.seek(4 * 40)  # in the second tile
            file.write(b"\x00\x00\x00\x00")
    elif damage == "garbage":
        lines = ledger.read_text().splitlines()
        extra = [{"tile": 99, "crc": 1}, {"tile": "x"}, [], {"tile": 3, "crc": 0, "mean": 1}]
        ledger.write_text("\n".join([lines[0], *map(json.dumps, extra), "\x00{", ""]))
    else:
        (folder / "valid.raw").write_bytes(b"")
    expected = [0, 1, 2, 3] if damage == "emptied layer" else [1, 2, 3]
    with store_in_files(folder, TILES, SHAPE, deviates=True, job=JOB) as store:
        assert store.missing == expected


@pytest.mark.parametrize(
    ("error", "stays"),
    [
        (OutputError, True),
        (ResourceError, True),
        (ParamsError, True),  # a package that is not installed
        (OSError, True),
        (SceneError, False),
        (GridError, False),
        (WeightsError, False),
    ],
)
def test_tiles_stay_unless_the_inputs_are_at_fault(
    tmp_path: Path, error: type[Exception], stays: bool
) -> None:
    folder = tmp_path / "a.partial"
    begin(folder, [0], error)
    assert folder.exists() == stays
    with store_in_files(folder, TILES, SHAPE, deviates=True, job=JOB) as store:
        assert store.missing == ([1, 2, 3] if stays else [0, 1, 2, 3])


@pytest.mark.parametrize(("written", "stays"), [(3, True), (4, False)])
def test_tiles_of_a_remote_scene_stay_until_all_are_read(
    tmp_path: Path, written: int, stays: bool
) -> None:
    folder = tmp_path / "a.partial"
    with (
        suppress(SceneError),
        store_in_files(folder, TILES, SHAPE, deviates=True, job=JOB, remote=True) as store,
    ):
        for position in range(written):
            store.write(position, tile(position))
        raise SceneError("cannot read it, or it has no valid pixel")
    assert folder.exists() == stays


def test_two_processes_do_not_share_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "a.partial"
    with (
        store_in_files(folder, TILES, SHAPE, deviates=False, job=JOB),
        pytest.raises(OutputError, match="another process maps the same scene"),
        store_in_files(folder, TILES, SHAPE, deviates=False, job=JOB),
    ):
        pass
    assert not folder.exists()
