"""Turn the masks of training sets into landslide pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from slidelens.errors import SceneError
from slidelens.types import Mask


def landslide_pixels(values: NDArray[Any], name: str, mark: float | None = None) -> Mask:
    """Return where a mask marks a landslide: with one value above 0; the others are 0.

    Args:
        values: (height, width).
        name: Name of the mask, for the message.
        mark: The value of landslides; None: any.

    Raises:
        SceneError: The mask holds other values, which could mean anything.
    """
    found = np.unique(values)
    marks = found[found != 0]
    if len(marks) > 1 or not (marks > 0).all() or (mark is not None and (marks != mark).any()):
        listed = ", ".join(f"{value:g}" for value in found[:4].tolist())
        more = ", …" if len(found) > 4 else ""
        raise SceneError(
            f"{name} holds the values {listed}{more}; expected are 0, and"
            f" {'one value above 0' if mark is None else f'{mark:g}'} for landslides"
        )
    return np.asarray(values > 0)


def finite(values: NDArray[Any]) -> Mask:
    """Return (height, width) where all bands of (height, width, bands) are numbers."""
    return np.asarray(np.isfinite(values).all(axis=-1))


def mosaic_type(dtype: np.dtype[Any]) -> str:
    """Return the type in which a mosaic holds values, in whatever byte order they are stored.

    Floating point is in single precision.
    """
    return {"f": "float32", "b": "uint8"}.get(dtype.kind, dtype.name)
