"""Pictures as data URIs."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from slidelens.report.page.encoding import LEVELS, css_ramp, encode_overlay, encode_photo


def decoded(uri: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))


def test_an_overlay_is_transparent_at_zero_and_nan() -> None:
    picture = np.asarray(
        decoded(encode_overlay(np.array([[0.0, np.nan, 0.5, 1.0, 9.0]]), 1.0, "viridis")).convert(
            "RGBA"
        )
    )
    assert list(picture[0, :, 3]) == [0, 0, 204, 204, 204]
    assert (picture[0, 3, :3] == picture[0, 4, :3]).all()
    assert (picture[0, 3, :3] == (253, 231, 37)).all()


def test_an_overlay_that_fades_in_is_transparent_near_zero() -> None:
    """0.02 rounds to colour 0 of 23; 0.2 is half of 0.4, so half as opaque."""
    picture = np.asarray(
        decoded(
            encode_overlay(np.array([[0.0, 0.02, 4.6 / 23, 0.4, 1.0]]), 1.0, "viridis", 0.4)
        ).convert("RGBA")
    )
    zero, tiny, half, full, highest = picture[0, :, 3].tolist()
    assert zero == tiny == 0 < half < full <= highest == 204


def test_large_photos_are_reduced() -> None:
    assert decoded(encode_photo(np.zeros((2, 3200, 3), np.uint8))).size == (1600, 1)


def test_a_ramp_for_the_legend() -> None:
    assert css_ramp("viridis").startswith("linear-gradient(to right,#440154,")
    assert LEVELS % 3 == 0
