"""Writers of raster files, changed from the study's second scene."""

from __future__ import annotations

import re
import struct
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from rasterio.control import GroundControlPoint
from rasterio.enums import ColorInterp

from robustness.campaign.materials import materials

Write = Callable[[Path], None]
SCENE = "study/raw/scenes/2014.tif"
BANDS = ("green", "red", "nir")


def image() -> np.ndarray[Any, Any]:
    """Return the (bands, height, width) pixels of the study's second scene."""
    with rasterio.open(materials() / SCENE) as scene:
        return np.asarray(scene.read())


def scene(
    change: Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]] | None = None,
    names: tuple[str | None, ...] = BANDS,
    interpretation: tuple[ColorInterp, ...] = (),
    after: Callable[[Any], object] | None = None,
    **profile: Any,
) -> Write:
    """Return a writer of the study's scene, changed.

    Args:
        change: Of the (bands, height, width) pixels.
        names: Descriptions of the bands.
        interpretation: Of the bands.
        after: Called with the open dataset.
        profile: Options of `rasterio.open`.
    """

    def write(path: Path) -> None:
        with rasterio.open(materials() / SCENE) as source:
            options = dict(source.profile)
        pixels = image() if change is None else change(image())
        options |= {"count": len(pixels), "dtype": pixels.dtype, "height": pixels.shape[1]}
        options |= {"width": pixels.shape[2]} | profile
        with warnings.catch_warnings(), rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
            warnings.simplefilter("ignore")
            with rasterio.open(path, "w", **options) as dataset:
                if interpretation:  # GDAL forgets a later band that becomes alpha after writing
                    dataset.colorinterp = interpretation
                dataset.write(pixels)
                dataset.descriptions = (*names, *(None,) * len(pixels))[: len(pixels)]
                if after is not None:
                    after(dataset)

    return write


def cut(share: float) -> Write:
    """Return a writer of the first part of the scene's file."""

    def write(path: Path) -> None:
        whole = (materials() / SCENE).read_bytes()
        path.write_bytes(whole[: int(len(whole) * share)])

    return write


def garbled(start: int, end: int, number: int) -> Write:
    """Return a writer of the scene with bytes changed at random between two offsets."""

    def write(path: Path) -> None:
        raw = bytearray((materials() / SCENE).read_bytes())
        rng = np.random.default_rng(start)
        for at in rng.integers(start, min(end, len(raw)), number):
            raw[at] = rng.integers(256)
        path.write_bytes(raw)

    return write


def tag(number: int, value: int) -> Write:
    """Return a writer of the scene with another value in a tag of its TIFF header."""

    def write(path: Path) -> None:
        raw = bytearray((materials() / SCENE).read_bytes())
        (start,) = struct.unpack_from("<I", raw, 4)
        (entries,) = struct.unpack_from("<H", raw, start)
        for at in range(start + 2, start + 2 + 12 * entries, 12):
            if struct.unpack_from("<H", raw, at)[0] == number:
                struct.pack_into("<HII", raw, at + 2, 4, 1, value)
        path.write_bytes(raw)

    return write


def claims(side: int, dtype: str = "uint16", **options: Any) -> Write:
    """Return a writer of a small file that claims to be large: a sparse GeoTIFF."""

    def write(path: Path) -> None:
        profile = {"driver": "GTiff", "height": side, "width": side, "count": 3, "dtype": dtype}
        profile |= {"crs": 32645, "transform": Affine(10, 0, 319_680, 0, -10, 3_110_320)}
        profile |= {"SPARSE_OK": True, "BIGTIFF": "YES", "tiled": True, "blockxsize": 4096}
        profile |= {"blockysize": 4096, "nodata": 0} | options
        with rasterio.open(path, "w", **profile) as dataset:
            dataset.descriptions = BANDS

    return write


def vrt(text: str | None = None, **replaced: str) -> Write:
    """Return a writer of a VRT of the scene, with texts replaced, or of a given VRT."""

    def write(path: Path) -> None:
        from rasterio.shutil import copy as copy_raster

        if text is not None:
            path.write_text(text)
            return
        copy_raster(materials() / SCENE, path, driver="VRT")
        whole = path.read_text()
        for name, value in replaced.items():
            whole = re.sub(rf"(<{name}[^>]*>)[^<]*", rf"\g<1>{value}", whole)
        path.write_text(whole)

    return write


def vrt_of(source: str, side: int = 160) -> str:
    bands = "".join(
        f'<VRTRasterBand dataType="UInt16" band="{i}"><Description>{name}</Description>'
        f"<SimpleSource><SourceFilename>{source}</SourceFilename><SourceBand>{i}</SourceBand>"
        "</SimpleSource></VRTRasterBand>"
        for i, name in enumerate(BANDS, 1)
    )
    return (
        f'<VRTDataset rasterXSize="{side}" rasterYSize="{side}"><SRS>EPSG:32645</SRS>'
        f"<GeoTransform>319680,10,0,3110320,0,-10</GeoTransform>{bands}</VRTDataset>"
    )


def value(number: float, dtype: str) -> Write:
    """Return a writer of a scene that holds one value in the west half."""

    def change(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        changed = pixels.astype(dtype)
        changed[:, :, :80] = number
        return changed

    return scene(change)


def alpha(position: int) -> Write:
    """Return a writer of a scene with an alpha band that hides the west half."""

    def change(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        band = np.full((1, *pixels.shape[1:]), 65535, pixels.dtype)
        band[:, :, :80] = 0
        return np.insert(pixels, position, band, axis=0)

    kinds = [ColorInterp.gray, *[ColorInterp.undefined] * 2]
    kinds.insert(position, ColorInterp.alpha)
    names: list[str | None] = list(BANDS)
    names.insert(position, None)
    return scene(change, names=tuple(names), interpretation=tuple(kinds), nodata=None)


def points(dataset: Any) -> None:
    """Give a dataset ground control points."""
    corners = [(0, 0), (0, 159), (159, 0), (159, 159)]
    dataset.gcps = (
        [GroundControlPoint(r, c, 319_680 + 10 * c, 3_110_320 - 10 * r) for r, c in corners],
        rasterio.crs.CRS.from_epsg(32645),
    )


def mask_west(dataset: Any) -> None:
    """Mask the west half."""
    seen = np.ones((160, 160), bool)
    seen[:, :80] = False
    dataset.write_mask(seen)


def subdatasets(path: Path) -> None:
    """Write a file of two images in a row (TIFF directories)."""
    scene()(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scene(APPEND_SUBDATASET="YES")(path)


def transform(*numbers: float) -> Write:
    """Return a writer of a scene with another transform."""
    return scene(transform=Affine(*numbers))


def scaled(scale: float, offset: float) -> Write:
    """Return a writer of a scene that declares a scale and an offset."""

    def declare(dataset: Any) -> None:
        dataset.scales = (scale,) * dataset.count
        dataset.offsets = (offset,) * dataset.count

    return scene(after=declare)


def with_broken_aux(path: Path) -> None:
    """Write a sound scene beside a file of statistics that is no XML."""
    scene()(path)
    path.with_name(f"{path.name}.aux.xml").write_text("<PAMDataset><bad")


def unreadable(path: Path) -> None:
    """Write a sound scene that only the superuser may read."""
    scene()(path)
    path.chmod(0)


def black_west(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the pixels with the west half 0."""
    return np.where(np.arange(pixels.shape[2]) < 80, 0, pixels).astype(pixels.dtype)


def eight_bit(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return three bands of 8 bits."""
    return (pixels[:3] // 20).astype("uint8")


def palette(path: Path) -> None:
    """Write one band of indices into a palette."""
    colours = {index: (index, index, index, 255) for index in range(256)}
    scene(
        lambda pixels: eight_bit(pixels)[:1],
        names=("green",),
        after=lambda dataset: dataset.write_colormap(1, colours),
        nodata=None,
    )(path)
