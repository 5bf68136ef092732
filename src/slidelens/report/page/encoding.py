"""Pictures as data URIs, so that a page needs no file beside it. The same pixels give the same text."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slidelens.types import UInt8

LEVELS = 24  # of an overlay's colours: more are not told apart
_MOST_PIXELS = 1600  # the longer side of a picture on the page
_PHOTO_QUALITY, _FIGURE_QUALITY = 72, 84
_OPACITY = 0.8


def photo(image: UInt8) -> str:
    """A picture of the ground as WebP, made smaller where it is large. image: (height, width, 3)."""
    from PIL import Image

    picture = Image.fromarray(image)
    picture.thumbnail((_MOST_PIXELS, _MOST_PIXELS))
    return _webp(picture, _PHOTO_QUALITY)


def figure(path: Path) -> str:
    """A figure on disk as WebP, all its pixels."""
    from PIL import Image

    with Image.open(path) as picture:
        return _webp(picture.convert("RGB"), _FIGURE_QUALITY)


def _webp(picture: Any, quality: int) -> str:
    stream = io.BytesIO()
    picture.save(stream, "WEBP", quality=quality, method=3)
    return _uri("image/webp", stream.getvalue())


def _uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def overlay(
    values: NDArray[np.floating], highest: float, colours: str, fades_in: float = 0.0
) -> str:
    """Numbers as colours to lay over a picture: a PNG of `LEVELS` colours, clear at zero and where there is no number.

    values: (height, width) 0…highest, NaN for none; colours: a matplotlib colour map
    fades_in: share of the highest up to which colours become less and less clear; 0: whatever is above zero has its full colour
    """
    from PIL import Image

    share = np.nan_to_num(np.clip(values / highest, 0, 1))
    step = -(-max(values.shape) // _MOST_PIXELS)
    nearest = np.rint if fades_in else np.ceil
    picture = Image.fromarray(nearest(share[::step, ::step] * (LEVELS - 1)).astype(np.uint8))
    picture.putpalette([round(255 * part) for colour in ramp(colours) for part in colour])
    stream = io.BytesIO()
    seen = (
        np.minimum(np.arange(LEVELS) / (LEVELS - 1) / fades_in, 1)
        if fades_in
        else np.arange(LEVELS) > 0
    )
    picture.save(
        stream,
        "PNG",
        transparency=bytes(round(255 * _OPACITY * part) for part in seen),
        optimize=True,
    )
    return _uri("image/png", stream.getvalue())


def ramp(colours: str) -> list[tuple[float, float, float]]:
    """The `LEVELS` colours of a colour map, red, green and blue 0…1."""
    import matplotlib

    shades = matplotlib.colormaps[colours](np.linspace(0, 1, LEVELS))
    return [(float(red), float(green), float(blue)) for red, green, blue, _ in shades]


def css_ramp(colours: str) -> str:
    """A colour map as a CSS gradient, for a legend."""
    return f"linear-gradient(to right,{','.join('#' + ''.join(f'{round(255 * part):02x}' for part in colour) for colour in ramp(colours)[::3])})"
