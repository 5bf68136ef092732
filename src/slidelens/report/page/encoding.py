"""Encode pictures as data URIs, so that the page is self-contained.

The same pixels give the same text. Photographs are JPEG, which browsers copy into a PDF as it is;
of WebP and PNG they store every pixel, several times the bytes.
"""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slidelens.types import UInt8

LEVELS = 24  # colours of an overlay; more cannot be distinguished
_MAX_PIXELS = 1600  # longer side of a picture on the page
_PHOTO_QUALITY, FIGURE_QUALITY = 72, 75
_HALF_COLOUR, _FULL_COLOUR = "4:2:0", "4:4:4"  # thin coloured lines need all of it
_MOST_COLOURS = 2**16  # of a figure that may be smaller without loss than as JPEG
_OPACITY = 0.8


def encode_photo(image: UInt8) -> str:
    """Encode an image as JPEG, reduced to the page's largest size if necessary.

    Args:
        image: (height, width, 3).
    """
    from PIL import Image

    picture = Image.fromarray(image)
    picture.thumbnail((_MAX_PIXELS, _MAX_PIXELS))
    return _uri("image/jpeg", _jpeg(picture, _PHOTO_QUALITY, _HALF_COLOUR))


def encode_figure(path: Path, quality: int = FIGURE_QUALITY) -> str:
    """Encode a figure file at full resolution: one with images as JPEG, a diagram without loss.

    Args:
        path: The file.
        quality: Of the JPEG, 1 to 100.
    """
    from PIL import Image

    with Image.open(path) as picture:
        image = picture.convert("RGB")
    lossy = _jpeg(image, quality, _FULL_COLOUR)
    if image.getcolors(_MOST_COLOURS) is None:
        return _uri("image/jpeg", lossy)
    stream = io.BytesIO()
    image.save(stream, "WEBP", lossless=True, method=3)
    lossless = stream.getvalue()
    if len(lossless) > len(lossy):
        return _uri("image/jpeg", lossy)
    return _uri("image/webp", lossless)


def figure_size(path: Path) -> tuple[int, int]:
    """Return width and height of a figure file in pixels."""
    from PIL import Image

    with Image.open(path) as picture:
        size: tuple[int, int] = picture.size
        return size


def _jpeg(picture: Any, quality: int, colour: str) -> bytes:
    stream = io.BytesIO()
    # Pillow cannot write noise with `optimize` or `progressive`, which gain some per cent alone.
    picture.save(stream, "JPEG", quality=quality, subsampling=colour)
    return stream.getvalue()


def _uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def encode_overlay(
    values: NDArray[np.floating], highest: float, colours: str, fades_in: float = 0.0
) -> str:
    """Encode values as a PNG of `LEVELS` colours that is transparent at zero and at NaN.

    Args:
        values: (height, width), from 0 to `highest`; NaN where unknown.
        highest: value of the last colour.
        colours: name of a matplotlib colour map.
        fades_in: share of `highest` below which colours fade out; at 0 any value above zero is
            drawn at full opacity.
    """
    from PIL import Image

    share = np.nan_to_num(np.clip(values / highest, 0, 1))
    step = -(-max(values.shape) // _MAX_PIXELS)
    nearest = np.rint if fades_in else np.ceil
    picture = Image.fromarray(nearest(share[::step, ::step] * (LEVELS - 1)).astype(np.uint8))
    picture.putpalette([round(255 * part) for colour in ramp(colours) for part in colour])
    stream = io.BytesIO()
    levels = np.arange(LEVELS)
    opacity = np.minimum(levels / (LEVELS - 1) / fades_in, 1) if fades_in else levels > 0
    picture.save(
        stream,
        "PNG",
        transparency=bytes(round(255 * _OPACITY * part) for part in opacity),
        optimize=True,
    )
    return _uri("image/png", stream.getvalue())


def ramp(colours: str) -> list[tuple[float, float, float]]:
    """Return the `LEVELS` colours of a colour map as red, green and blue from 0 to 1."""
    import matplotlib

    shades = matplotlib.colormaps[colours](np.linspace(0, 1, LEVELS))
    return [(float(red), float(green), float(blue)) for red, green, blue, _ in shades]


def css_ramp(colours: str) -> str:
    """Return a colour map as a CSS gradient, for a legend."""
    stops = (
        "#" + "".join(f"{round(255 * part):02x}" for part in colour)
        for colour in ramp(colours)[::3]
    )
    return f"linear-gradient(to right,{','.join(stops)})"
