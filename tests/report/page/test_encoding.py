"""Pictures as data URIs."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
from PIL import Image

from slidelens.report.page.encoding import (
    LEVELS,
    css_ramp,
    encode_figure,
    encode_overlay,
    encode_photo,
)


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


def test_photographs_are_jpeg_which_a_pdf_takes_as_it_is(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (300, 400, 3)).astype(np.uint8)
    assert encode_photo(noise).startswith("data:image/jpeg;")
    Image.fromarray(noise).save(tmp_path / "map.png")
    assert encode_figure(tmp_path / "map.png").startswith("data:image/jpeg;")


def test_thin_coloured_lines_keep_their_colour(tmp_path: Path) -> None:
    """Half the colour would give them that of the ground."""
    pixels = np.random.default_rng(0).integers(60, 90, (300, 400, 3)).astype(np.uint8)
    pixels[100, :] = 86, 180, 233
    pixels[0, 0] = 255
    Image.fromarray(pixels).save(tmp_path / "map.png")
    uri = encode_figure(tmp_path / "map.png")
    assert uri.startswith("data:image/jpeg;")
    line = np.asarray(decoded(uri).convert("RGB"))[100].mean(axis=0)
    assert np.abs(line - (86, 180, 233)).max() < 12


def test_diagrams_lose_nothing(tmp_path: Path) -> None:
    pixels = np.full((300, 400, 3), 255, np.uint8)
    pixels[100:102] = 0, 114, 178
    Image.fromarray(pixels).save(tmp_path / "chart.png")
    uri = encode_figure(tmp_path / "chart.png")
    assert uri.startswith("data:image/webp;")
    assert (np.asarray(decoded(uri).convert("RGB")) == pixels).all()


def test_a_ramp_for_the_legend() -> None:
    assert css_ramp("viridis").startswith("linear-gradient(to right,#440154,")
    assert LEVELS % 3 == 0
