"""Decide what each band of a raster is, and which of its pixels are seen.

A band is data, or alpha: a mask of all others. A band is alpha if its colour interpretation says
so and neither the file nor the user gives it the name of something else; programs call the fourth
of four bands of bytes alpha by default, also a near-infrared one. `Band 6` names nothing, and
`Alpha channel` or `valid mask` name a mask. Alpha is a mask wherever it stands and however
many bands there are (GDAL itself applies it only in files of two or four). A pixel is seen in a
band where

- every alpha band is above 0 (its values between 0 and the maximum, at soft edges, are seen);
- the band's own mask says so: its nodata value, or the internal or external mask (.msk) of the
  file;
- its value is finite and is not the nodata value that the user gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.windows import Window

from slidelens.errors import SceneError
from slidelens.types import Float32, Mask

Role = Literal["data", "alpha"]
_MOST_BYTES = 2**25  # of bands that are read at once
# Names of described bands that are alpha all the same: those of masks, and those that say nothing.
_MASK_NAME = re.compile(r"alpha|transparen|opacity|(?<![a-z])(mask|valid|validity)(?![a-z])")
_NO_NAME = re.compile(r"(band|layer|channel|raster)?[\W_]*\d*")
_COLOURS = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
_ALPHA_BY_DEFAULT = (2, 4)  # bands of a file whose last one programs call alpha unasked


@dataclass(frozen=True)
class Band:
    """A band of a file.

    Attributes:
        position: Counted from 1.
        name: Its description in the file, or the name that the user gives; None if neither.
        role: `data`, or `alpha`, a mask of the other bands.
        dtype: Type of the stored values.
        scale: Values are stored × scale + offset.
        offset: See `scale`.
        marked_by: What marks pixels without value: `nothing`, the `nodata` value of the band, or a
            `mask` of the file.
        is_named_alpha: Whether the file marks the band as alpha, which it is not by its name.
        colour: `red`, `green` or `blue` if the file's colour interpretation says so, else empty;
            GDAL says so of every file of three or four bands of bytes.
    """

    position: int
    name: str | None
    role: Role
    dtype: str
    scale: float = 1.0
    offset: float = 0.0
    marked_by: Literal["nothing", "nodata", "mask"] = "nothing"
    is_named_alpha: bool = False
    colour: str = ""

    @property
    def is_scaled(self) -> bool:
        """Whether the values differ from the stored ones."""
        return (self.scale, self.offset) != (1.0, 0.0)

    @property
    def value_dtype(self) -> np.dtype[Any]:
        """Type that holds the values."""
        return np.dtype("float32" if self.is_scaled else self.dtype)


def describe_bands(
    dataset: rasterio.DatasetReader, path: Path, masks_only: bool = False
) -> tuple[Band, ...]:
    """Describe all bands of an open raster, in file order.

    Args:
        dataset: The open raster.
        path: Its file, for messages.
        masks_only: Whether it matters only where the bands are seen, not what their values mean.

    Raises:
        SceneError: A band holds complex numbers or indices of a colour table, or declares a scale
            that is no number.
    """
    properties = zip(  # each is read once, as rasterio asks every band
        dataset.dtypes,
        dataset.descriptions,
        dataset.colorinterp,
        dataset.scales,
        dataset.offsets,
        dataset.mask_flag_enums,
        strict=True,
    )
    bands = []
    for position, (dtype, name, colour, scale, offset, flags) in enumerate(properties, 1):
        if dtype.startswith("complex"):
            raise SceneError(
                f"{path} holds complex numbers in band {position}; give a raster of real numbers,"
                " for instance of their amplitude"
            )
        if colour == ColorInterp.palette and not masks_only:
            raise SceneError(
                f"{path} holds numbers of colours in a table, not their brightness; write the"
                " colours with `gdal_translate -expand rgb`"
            )
        if not np.isfinite([scale, offset]).all() or scale == 0:
            raise SceneError(
                f"{path} declares the scale {scale:g} and the offset {offset:g} for band"
                f" {position}; correct them with `gdal_edit.py -scale 1 -offset 0`"
            )
        is_named = bool(name) and not is_mask_name(name) and not _tells_nothing(name)
        is_marked = colour == ColorInterp.alpha
        band = Band(
            position=position,
            name=name or None,
            role="alpha" if is_marked and not is_named else "data",
            dtype=dtype,
            scale=float(scale),
            offset=float(offset),
            marked_by=_marked_by(flags),
            is_named_alpha=is_marked and is_named and dataset.count not in _ALPHA_BY_DEFAULT,
            colour=colour.name if colour in _COLOURS else "",
        )
        bands.append(band)
    return tuple(bands)


def is_mask_name(name: str) -> bool:
    """Return whether a band's name is that of a mask: alpha, valid mask, cloud_mask."""
    return bool(_MASK_NAME.search(name.casefold()))


def _tells_nothing(name: str) -> bool:
    return bool(_NO_NAME.fullmatch(name.strip().casefold()))


def _marked_by(flags: Sequence[MaskFlags]) -> Literal["nothing", "nodata", "mask"]:
    if MaskFlags.nodata in flags:
        return "nodata"
    # GDAL's alpha flag follows the colour interpretation alone; see the module's docstring
    unmarked = MaskFlags.all_valid in flags or MaskFlags.alpha in flags
    return "nothing" if unmarked else "mask"


def has_mask(bands: Sequence[Band]) -> bool:
    """Return whether a mask or an alpha band says which pixels are seen."""
    return any(band.marked_by == "mask" or band.role == "alpha" for band in bands)


def common_dtype(bands: Sequence[Band]) -> str:
    """Return the type that holds the values of all bands."""
    return str(np.result_type(*(band.value_dtype for band in bands)))


def describe_scales(bands: Sequence[Band]) -> str:
    """Return the scales and offsets that bands declare, for the log; empty if none does."""
    terms = {f"× {band.scale:g} {band.offset:+g}": None for band in bands if band.is_scaled}
    return ", ".join(terms)


class PixelReader:
    """Read the pixels of an open raster, band by band.

    Attributes:
        bands: All bands of the file.
        soft_share: Share of the pixels, 0 to 1, where an alpha band is neither 0 nor at its
            maximum.
    """

    def __init__(
        self,
        dataset: rasterio.DatasetReader,
        bands: Sequence[Band],
        window: Window | None = None,
        nodata: float | None = None,
    ) -> None:
        """Read the alpha bands.

        Args:
            dataset: The open raster.
            bands: All its bands.
            window: Pixels to read; all by default.
            nodata: A stored value that stands for no data, in addition to those of the file.
        """
        self.bands = tuple(bands)
        self._dataset, self._window, self._nodata = dataset, window, nodata
        self._opaque: Mask | None = None
        self.soft_share = 0.0
        for band in bands:
            if band.role == "alpha":
                alpha = dataset.read(band.position, window=window)
                opaque = alpha > 0
                self.soft_share = max(
                    self.soft_share, float((opaque & (alpha < alpha.max())).mean())
                )
                self._opaque = opaque if self._opaque is None else self._opaque & opaque

    def read_stored(self, band: Band) -> tuple[NDArray[Any], Mask]:
        """Return the stored values of a band and where they are seen, both (height, width)."""
        stored = self._dataset.read(band.position, window=self._window)
        return stored, self._seen(band, stored)

    def read_all_stored(self, bands: Sequence[Band]) -> Iterator[tuple[Band, NDArray[Any], Mask]]:
        """Yield bands with what `read_stored` returns, many small ones in one reading.

        At each reading rasterio asks every band of the file for its mask, which takes most of the
        time in files of thousands of bands.
        """
        shape = (self._window or self._dataset).height, (self._window or self._dataset).width
        for dtype, group in groupby(bands, key=lambda band: band.dtype):
            size_bytes = int(np.prod(shape)) * np.dtype(dtype).itemsize
            number = max(1, _MOST_BYTES // max(size_bytes, 1))
            while together := list(islice(group, number)):
                positions = [band.position for band in together]
                stored = self._dataset.read(positions, window=self._window)
                for band, values in zip(together, stored, strict=True):
                    yield band, values, self._seen(band, values)

    def read_values(self, band: Band) -> Float32:
        """Return the values of a band, scaled, NaN where not seen, (height, width)."""
        stored, seen = self.read_stored(band)
        if band.is_scaled:
            stored = stored.astype(np.float64) * band.scale + band.offset
        with np.errstate(over="ignore"):  # beyond single precision there is no value
            values: Float32 = stored.astype(np.float32)
        values[~(seen & np.isfinite(values))] = np.nan
        return values

    def _seen(self, band: Band, stored: NDArray[Any]) -> Mask:
        seen = np.ones(stored.shape, bool) if self._opaque is None else self._opaque.copy()
        if band.marked_by != "nothing":
            seen &= self._dataset.read_masks(band.position, window=self._window) > 0
        if stored.dtype.kind == "f":
            seen &= np.isfinite(stored)
        if self._nodata is not None:
            seen &= stored != self._nodata
        return seen
