"""Names, places and values of the channels that tell the change."""

from __future__ import annotations

import numpy as np

from slidelens.dataset.change_channels import (
    ChangeLayout,
    change_between,
    change_names,
    leave_change,
    own_channels,
    own_names,
    read_without_change,
    standardise_around,
    with_change,
)
from slidelens.dataset.standardisation import BandStatistics, standardise, standardise_locally
from slidelens.geo.rasters.scene import Scene
from slidelens.geo.windowed import whole
from support.studies import grid_of

NAMES = ("red", "nir", "change_red", "change_nir", "change_known", "ndvi")


def pixels_of(channels: int) -> np.ndarray:
    return np.random.default_rng(1).normal(5, 2, (20, 18, channels)).astype(np.float32)


def test_the_layout_follows_from_the_names() -> None:
    assert change_names(("red", "nir")) == NAMES[2:5]
    layout = ChangeLayout.of(NAMES)
    assert layout == ChangeLayout(("red", "nir"), (2, 3), 4, (0, 1, 5))
    assert own_channels(NAMES) == (0, 1, 5)
    assert own_names(NAMES) == ("red", "nir", "ndvi")


def test_a_band_that_happens_to_be_called_change_is_a_band() -> None:
    assert ChangeLayout.of(("red", "change_red")) is None
    layout = ChangeLayout.of(("red", "change_red", "change_index", "change_known"))
    assert layout is not None
    assert layout.own == (0, 2)


def test_the_change_is_the_difference_of_standard_scores() -> None:
    later, earlier = pixels_of(2), 3 * pixels_of(2)[::-1] + 7
    known = np.random.default_rng(2).random(later.shape[:2]) > 0.3
    moments = (
        BandStatistics(("red", "nir"), (5.0, 6.0), (2.0, 3.0), 1),
        BandStatistics(("red", "nir"), (22.0, 21.0), (6.0, 7.0), 1),
    )
    got = change_between(later, earlier, known, moments)
    expected = (later - [5, 6]) / [2, 3] - (earlier - [22, 21]) / [6, 7]
    np.testing.assert_allclose(got[known][:, :2], expected[known], atol=1e-5)
    np.testing.assert_array_equal(got[..., 2], known)
    assert not got[~known].any()


def test_standardising_leaves_the_change() -> None:
    statistics = leave_change(BandStatistics(NAMES, (5.0,) * 6, (2.0,) * 6, 9))
    assert statistics.mean == (5, 5, 0, 0, 0, 5)
    assert statistics.deviation == (2, 2, 1, 1, 1, 2)
    pixels, valid = pixels_of(6), np.random.default_rng(3).random((20, 18)) > 0.2
    change = np.where(valid[..., None], pixels[..., 2:5], 0)
    np.testing.assert_array_equal(standardise(pixels, valid, statistics)[..., 2:5], change)
    around = standardise_around(pixels, valid, 7, NAMES)
    np.testing.assert_array_equal(around[..., 2:5], change)
    own = [0, 1, 5]
    np.testing.assert_array_equal(around[..., own], standardise_locally(pixels[..., own], valid, 7))


def test_what_is_no_change_can_be_read_alone() -> None:
    pixels = pixels_of(2)
    grid, valid = grid_of(20, 18), np.ones((20, 18), bool)
    scene = Scene(grid, ("red", "nir"), pixels, valid)
    changed = with_change(scene, pixels_of(3))
    assert changed.bands == NAMES[:5]
    every = whole(grid.shape)
    np.testing.assert_array_equal(read_without_change(changed)(every), pixels)
    np.testing.assert_array_equal(read_without_change(scene)(every), pixels)
