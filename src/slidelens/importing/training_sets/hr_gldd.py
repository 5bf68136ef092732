"""HR-GLDD: an array of patches and one of masks a split, as NumPy files.

Meena et al. (2023), doi 10.5194/essd-15-3283-2023: trainX.npy, valX.npy and testX.npy hold n ×
128 × 128 × 4 values of PlanetScope at 3 m (red, green, blue and near infrared, as the paper lists
them and the authors' notebook shows them); trainY.npy, valY.npy and testY.npy hold the masks.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slidelens.errors import SceneError
from slidelens.importing.training_sets.bands import DEFAULT, BandChoice, choose_bands
from slidelens.importing.training_sets.collection import Image, Part, Pixels
from slidelens.importing.training_sets.finding import files_in, not_found
from slidelens.importing.training_sets.labels import finite, landslide_pixels, mosaic_type
from slidelens.resources import require_memory, require_readable_file

PIXEL_M = 3.0
_ERRORS = (OSError, ValueError, OverflowError, SyntaxError, TokenError)  # the header is Python
_SPLITS = {"train": "train", "validation": "val", "test": "test"}
_EXPECTED = "trainX.npy and trainY.npy (or valX.npy …, testX.npy …)"


def read_parts(
    folder: Path, bands: Sequence[str] | None, band_names: Sequence[str] | None
) -> list[Part]:
    """Return the splits.

    Args:
        folder: The folder with the arrays.
        bands: Names of the bands to take; None: all.
        band_names: Names of all bands in the order of the arrays; None: those of the paper.

    Raises:
        SceneError: The folder holds something else, or an array that does not fit.
        ParamsError: There is no such band.
    """
    chosen = choose_bands(tuple(band_names or DEFAULT), bands)
    files = (
        {path.name.lower(): path for path in files_in(folder, (".npy",))} if folder.is_dir() else {}
    )
    parts = []
    for name, prefix in _SPLITS.items():
        pixels, masks = (files.get(f"{prefix}{kind}.npy") for kind in "xy")
        if pixels is None and masks is None:
            continue
        if pixels is None or masks is None:
            kind = "X" if pixels is None else "Y"
            raise SceneError(
                f"{folder} has no {prefix}{kind}.npy; copy it beside {masks or pixels}"
            )
        parts.append(_read_split(name, pixels, masks, chosen, len(band_names or DEFAULT)))
    if not parts:
        raise not_found(folder, _EXPECTED)
    return parts


def _read_split(name: str, pixels: Path, masks: Path, chosen: BandChoice, count: int) -> Part:
    values, labels = _open(pixels), _open(masks)
    if values.ndim != 4 or values.shape[-1] != count:
        raise SceneError(
            f"{pixels} has the shape {values.shape}; expected is n × height × width × {count}, with"
            f" {count} bands; name all of them in file order (--band-names)"
        )
    if labels.ndim == 4 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    if labels.shape != values.shape[:3]:
        raise SceneError(f"{masks} has the shape {labels.shape}; expected is {values.shape[:3]}")
    number, height, width = labels.shape
    size_bytes = 4.0 * height * width * count * max(values.dtype.itemsize, 4)
    require_memory(size_bytes, f"an image of {pixels}", "take another file")
    return Part(
        name,
        [
            Image(
                f"{pixels.name}[{i}]",
                (height, width),
                partial(_read, values, labels, i, masks, chosen),
            )
            for i in range(number)
        ],
        chosen.names,
        mosaic_type(values.dtype),
        "as published",
    )


def _open(path: Path) -> NDArray[Any]:
    """Map an array of numbers from its file, which is never unpickled."""
    require_readable_file(path, "array", SceneError)
    try:
        array = np.lib.format.open_memmap(path, mode="r")
    except _ERRORS as error:
        reason = " ".join(str(error).split())[:200]
        raise SceneError(f"cannot read {path}: {reason}; is it a complete .npy file?") from error
    if array.dtype.kind not in "biuf":
        raise SceneError(f"{path} holds {array.dtype}, not numbers; copy it again")
    return array


def _read(
    values: NDArray[Any], labels: NDArray[Any], index: int, masks: Path, chosen: BandChoice
) -> Pixels:
    pixels = np.array(values[index][..., list(chosen.positions)])
    pixels = pixels.astype(mosaic_type(pixels.dtype))
    mask = landslide_pixels(np.array(labels[index]), f"{masks}[{index}]", mark=1)
    return Pixels(pixels, finite(pixels), mask)
