"""Outlines of the bodies of a mask that is gone through in chunks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from slidelens.analysis.outlines import bodies
from slidelens.analysis.outlines.bodies import outline_bodies, read_large_bodies
from slidelens.geo.rasterise import polygonise
from slidelens.types import Mask
from support.studies import grid_of


def mask_of(shape: tuple[int, int], sigma: float, share: float, seed: int) -> Mask:
    """Bodies of all sizes; noise of single pixels for a sigma of 0."""
    pattern = gaussian_filter(np.random.default_rng(seed).normal(size=shape), sigma)
    return np.asarray(pattern > np.quantile(pattern, 1 - share))


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(1, 70),
    width=st.integers(1, 70),
    side=st.integers(1, 80),
    sigma=st.sampled_from([0, 0.7, 2, 6]),
    share=st.floats(0.05, 0.95),
    least=st.sampled_from([0, 1, 2, 5.5, 40]),
    pixel_m=st.sampled_from([0.3, 10.0, 9.97]),
    seed=st.integers(0, 99),
)
def test_they_are_those_of_the_whole_mask(
    height: int,
    width: int,
    side: int,
    sigma: float,
    share: float,
    least: float,
    pixel_m: float,
    seed: int,
) -> None:
    grid, mask = grid_of(height, width, pixel_m), mask_of((height, width), sigma, share, seed)
    least_m2 = least * grid.pixel_area_m2
    found = outline_bodies(lambda part: mask[part], grid, least_m2, side=side)
    whole = [body for body in polygonise(mask, grid) if body.area >= least_m2 * (1 - 1e-6)]
    assert [body.wkb for body in found] == [body.wkb for body in whole]


def test_a_large_mask_goes_through_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grid, mask = grid_of(600, 700), mask_of((600, 700), 2, 0.4, 0)
    expected = outline_bodies(lambda part: mask[part], grid, 500)
    monkeypatch.setattr(bodies, "_IN_MEMORY_PX", 0)
    found = outline_bodies(lambda part: mask[part], grid, 500, tmp_path, side=256)
    assert [body.wkb for body in found] == [body.wkb for body in expected]
    assert not list(tmp_path.iterdir())


def test_a_body_that_winds_through_all_chunks_is_one(tmp_path: Path) -> None:
    mask = np.zeros((64, 64), bool)
    mask[::4] = True
    for row in range(0, 60, 8):
        mask[row : row + 4, -1] = mask[row + 4 : row + 8, 0] = True
    grid = grid_of(64, 64)
    (body,) = outline_bodies(lambda part: mask[part], grid, 300 * grid.pixel_area_m2, side=10)
    assert body.area == mask.sum() * grid.pixel_area_m2


def test_no_more_than_a_chunk_is_read_at_once() -> None:
    sizes = []

    def read(part: tuple[slice, slice]) -> Mask:
        sizes.append((part[0].stop - part[0].start) * (part[1].stop - part[1].start))
        return np.ones((part[0].stop - part[0].start, part[1].stop - part[1].start), bool)

    kept = sum(int(part.sum()) for _, part in read_large_bodies(read, (200, 300), 60_000, 64))
    assert kept == 60_000
    assert max(sizes) == 64 * 64
