"""Masks: the value of landslides, and what else is refused."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.errors import SceneError
from slidelens.importing.training_sets.labels import landslide_pixels, mosaic_type


def test_one_value_above_0_is_landslide() -> None:
    assert landslide_pixels(np.array([[0, 255]]), "m").tolist() == [[False, True]]
    assert landslide_pixels(np.array([[7, 7]]), "m").tolist() == [[True, True]]
    assert landslide_pixels(np.array([[0.0, 1.0]]), "m", mark=1).tolist() == [[False, True]]


@pytest.mark.parametrize("values", [[0, 1, 2], [1, 2], [-1, 0], [-1], [np.nan, 0], [np.nan]])
def test_other_values_are_refused(values: list[float]) -> None:
    with pytest.raises(SceneError, match="m holds the values .*; expected are 0, and one value"):
        landslide_pixels(np.array([values]), "m")


def test_another_mark_than_that_of_the_training_set_is_refused() -> None:
    with pytest.raises(SceneError, match="m holds the values 7; expected are 0, and 1 for"):
        landslide_pixels(np.array([[7, 7]]), "m", mark=1)


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (">u2", "uint16"),
        (">f8", "float32"),
        ("float16", "float32"),
        ("?", "uint8"),
        ("i4", "int32"),
    ],
)
def test_the_type_of_a_mosaic_has_no_byte_order(stored: str, expected: str) -> None:
    assert mosaic_type(np.dtype(stored)) == expected
