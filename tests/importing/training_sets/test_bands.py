"""Bands by number or name."""

from __future__ import annotations

import pytest

from slidelens.errors import ParamsError
from slidelens.importing.training_sets.bands import choose_bands

OWN = ("B02", "B03", "B04", "B08", "B8A", "DEM")


@pytest.mark.parametrize(
    ("wanted", "positions"),
    [
        (["red", "nir"], (2, 3)),
        (["B4", "b8a", "B08"], (2, 4, 3)),
        (["Nir_Narrow", "elevation"], (4, 5)),
        (None, (0, 1, 2, 3, 4, 5)),
    ],
)
def test_bands_keep_the_names_that_they_are_asked_for_by(
    wanted: list[str] | None, positions: tuple[int, ...]
) -> None:
    assert choose_bands(OWN, wanted) == (positions, tuple(wanted or OWN))


def test_one_band_by_two_names_is_refused() -> None:
    with pytest.raises(ParamsError, match="the band B4 is named twice"):
        choose_bands(OWN, ["red", "B4"])


def test_a_band_that_is_not_there_is_refused() -> None:
    with pytest.raises(ParamsError, match="no band swir1 .*; there are B02, B03"):
        choose_bands(OWN, ["swir1"])
