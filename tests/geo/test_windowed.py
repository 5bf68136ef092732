"""Arrays that are read and written window by window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from slidelens.geo.windowed import (
    FileArray,
    MemoryArray,
    as_windowed,
    chunks,
    group_by_chunk,
    grow,
    strips,
    whole,
)

SHAPE = (70, 50)
PART = (slice(10, 30), slice(20, 50))


def test_what_is_written_to_a_file_is_read_and_outlives_the_array(tmp_path: Path) -> None:
    values = np.random.default_rng(0).random(SHAPE, np.float32)
    array = FileArray(tmp_path / "a.raw", SHAPE, np.float32)
    assert not array.read(PART).any()
    for part in chunks(SHAPE, 16):
        array.write(part, values[part])
    again = FileArray(tmp_path / "a.raw", SHAPE, np.float32)
    assert np.array_equal(again.read(PART), values[PART])
    assert type(again.read(PART)) is np.ndarray


def test_a_file_of_another_size_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "a.raw").write_bytes(b"x" * 17)
    array = FileArray(tmp_path / "a.raw", SHAPE, np.uint8)
    assert (tmp_path / "a.raw").stat().st_size == 70 * 50
    assert not array.read(whole(SHAPE)).any()


def test_what_is_read_from_memory_is_a_copy() -> None:
    values = np.zeros(SHAPE)
    array = MemoryArray(values)
    array.read(PART)[:] = 1
    assert not values.any()
    array.write(PART, np.ones((20, 30)))
    assert values.sum() == 600
    assert as_windowed(values).shape == SHAPE
    assert as_windowed(array) is array


@pytest.mark.parametrize("side", [7, 16, 100])
def test_chunks_cover_an_array_once(side: int) -> None:
    count = np.zeros(SHAPE, int)
    for part in chunks(SHAPE, side):
        count[part] += 1
    assert (count == 1).all()


@pytest.mark.parametrize("rows", [7, 35, 100])
def test_strips_cover_an_array_once_from_above(rows: int) -> None:
    found = list(strips(SHAPE, rows))
    assert np.concatenate([np.arange(70)[part[0]] for part in found]).tolist() == list(range(70))
    assert all(part[1] == slice(0, 50) for part in found)
    assert all(part[0].stop - part[0].start == min(rows, 70) for part in found[:-1])


def test_a_part_grows_up_to_the_edges() -> None:
    assert grow(PART, 5, SHAPE) == (slice(5, 35), slice(15, 50))
    assert grow(PART, 100, SHAPE) == (slice(0, 70), slice(0, 50))


def test_points_are_grouped_by_chunk() -> None:
    rng = np.random.default_rng(1)
    row, column = rng.integers(0, 70, 40), rng.integers(0, 50, 40)
    groups = list(group_by_chunk(row, column, SHAPE, 16))
    assert sorted(np.concatenate([at for _, at in groups]).tolist()) == list(range(40))
    assert len({(part[0].start, part[1].start) for part, _ in groups}) == len(groups)
    assert all(part in list(chunks(SHAPE, 16)) for part, _ in groups)
    for (rows, columns), at in groups:
        assert (rows.start <= row[at]).all()
        assert (row[at] < rows.stop).all()
        assert (columns.start <= column[at]).all()
        assert (column[at] < columns.stop).all()
    assert not list(group_by_chunk(row[:0], column[:0], SHAPE))
