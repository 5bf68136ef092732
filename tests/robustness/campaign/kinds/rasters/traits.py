"""Raster files: a line per trait."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from affine import Affine

from robustness.campaign.item import ACCEPTED, EITHER, REFUSED, TOLD
from robustness.campaign.kinds.crs import ENGINEERING, MARS
from robustness.campaign.kinds.rasters.files import (
    BANDS,
    SCENE,
    alpha,
    black_west,
    claims,
    cut,
    eight_bit,
    garbled,
    mask_west,
    palette,
    points,
    scaled,
    scene,
    subdatasets,
    tag,
    transform,
    unreadable,
    value,
    vrt,
    vrt_of,
    with_broken_aux,
)
from robustness.campaign.kinds.vectors.files import copied, data, nothing, special


@dataclass(frozen=True)
class Raster:
    """A raster file: how it is written, and what may come of it.

    Attributes:
        write: Writes the file to the given path.
        suffix: Of the file.
        expect: As in `Input`, for a scene that is mapped.
        everywhere: As in `Input`, for all other uses.
    """

    write: Callable[[Path], None]
    suffix: str = ".tif"
    expect: str = EITHER
    everywhere: str = EITHER


def bad(write: Callable[[Path], None], suffix: str = ".tif") -> Raster:
    """Return a file that must be refused."""
    return Raster(write, suffix, REFUSED, REFUSED)


def sound(write: Callable[[Path], None], suffix: str = ".tif") -> Raster:
    """Return a scene that must be mapped."""
    return Raster(write, suffix, ACCEPTED)


_SHIFT = (10.0, 0.0, 319_680.0, 0.0, -10.0, 3_110_320.0)
_PYTHON = (
    '<VRTDataset rasterXSize="9" rasterYSize="9"><VRTRasterBand dataType="Byte" band="1"'
    ' subClass="VRTDerivedRasterBand"><PixelFunctionType>f</PixelFunctionType>'
    "<PixelFunctionLanguage>Python</PixelFunctionLanguage><PixelFunctionCode>"
    'import os; os.mkdir("x")</PixelFunctionCode></VRTRasterBand></VRTDataset>'
)
TRAITS: dict[str, Raster] = {
    "sound": sound(copied(SCENE)),
    "absent": bad(nothing),
    "empty": bad(data(b"")),
    "text": bad(data("not an image")),
    "zeros": bad(data(bytes(5000))),
    "tiff-magic-only": bad(data(b"II*\0")),
    "cut-tenth": bad(cut(0.1)),
    "cut-half": bad(cut(0.5)),
    "cut-most": bad(cut(0.98)),
    "garbled-header": Raster(garbled(4, 400, 40)),
    "garbled-values": Raster(garbled(2000, 10**9, 400)),
    "garbled-everywhere": Raster(garbled(4, 10**9, 4000)),
    "folder": bad(special("folder")),
    "pipe": bad(special("pipe")),
    "device": bad(special("device")),
    "absent-loop": bad(special("loop")),
    "absent-link": bad(special("dangling")),
    "vector-renamed": bad(copied("a.gpkg")),
    "weights-renamed": bad(copied("w.weights.h5")),
    "tag-width-1e9": Raster(tag(256, 10**9), expect=REFUSED),
    "tag-height-1e9": Raster(tag(257, 10**9), expect=REFUSED),
    "tag-width-0": bad(tag(256, 0)),
    "tag-bands-0": Raster(tag(277, 0)),
    "tag-bands-65535": Raster(tag(277, 65535)),
    "tag-bits-7": Raster(tag(258, 7)),
    "tag-compression-unknown": Raster(tag(259, 50_999)),
    "claims-1e5": Raster(claims(100_000), expect=REFUSED),
    "claims-1e6": Raster(claims(1_000_000), expect=REFUSED),
    "claims-1e6-float64": Raster(claims(1_000_000, "float64"), expect=REFUSED),
    "huge-blocks": Raster(claims(32_000, blockxsize=32_000, blockysize=32_000), expect=REFUSED),
    "vrt-sound": sound(vrt(), ".vrt"),
    "vrt-of-itself": bad(vrt(vrt_of("in.vrt")), ".vrt"),
    "vrt-of-absent": bad(vrt(vrt_of("nothing.tif")), ".vrt"),
    "vrt-of-device": bad(vrt(vrt_of("/dev/zero")), ".vrt"),
    "vrt-of-network": bad(vrt(vrt_of("/vsicurl/http://127.0.0.1:9/x.tif")), ".vrt"),
    "vrt-claims-1e6": bad(vrt(vrt_of("nothing.tif", 10**6)), ".vrt"),
    "vrt-no-bands": bad(vrt('<VRTDataset rasterXSize="9" rasterYSize="9"/>'), ".vrt"),
    "vrt-not-xml": bad(vrt("<VRTDataset"), ".vrt"),
    "vrt-python": bad(vrt(_PYTHON), ".vrt"),
    "capital-suffix": sound(copied(SCENE), ".TIF"),
    "png": Raster(scene(eight_bit, driver="PNG", nodata=None), ".png"),
    "jpeg-renamed": Raster(scene(eight_bit, driver="JPEG", nodata=None)),
    "no-crs": bad(scene(crs=None)),
    "engineering-crs": bad(scene(crs=ENGINEERING)),
    "geocentric-crs": bad(scene(crs="EPSG:4978")),
    "degrees-crs-of-metres": bad(scene(crs="EPSG:4326")),
    "mars-crs": Raster(scene(crs=MARS)),
    "no-transform": bad(scene(transform=Affine.identity())),
    "control-points": bad(scene(after=points, crs=None, transform=Affine.identity())),
    "transform-0": bad(transform(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)),
    "transform-nan": bad(transform(float("nan"), *_SHIFT[1:])),
    "transform-inf": bad(transform(float("inf"), *_SHIFT[1:])),
    "transform-1e-300": bad(transform(1e-300, 0, 319_680, 0, -1e-300, 3_110_320)),
    "transform-1e300": bad(transform(1e300, 0, 0, 0, -1e300, 0)),
    "transform-1e-9": bad(transform(1e-9, 0, 319_680, 0, -1e-9, 3_110_320)),
    "transform-far": bad(transform(10, 0, 1e9, 0, -10, 1e9)),
    "transform-flat": bad(transform(10, 0, 319_680, 0, 0, 3_110_320)),
    "transform-rotated": Raster(transform(7, 7, 319_680, 7, -7, 3_110_320)),
    "transform-south-up": sound(transform(10, 0, 319_680, 0, 10, 3_108_720)),
    "transform-mirrored": Raster(transform(-10, 0, 321_280, 0, -10, 3_110_320)),
    "pixels-oblong": Raster(transform(10, 0, 319_680, 0, -20, 3_110_320)),
    "one-pixel": Raster(scene(lambda p: p[:, :1, :1])),
    "one-row": Raster(scene(lambda p: p[:, :1])),
    "one-band": Raster(scene(lambda p: p[:1]), expect=REFUSED),
    "no-names": Raster(scene(names=()), expect=REFUSED),
    "names-twice": Raster(scene(names=("green", "green", "nir")), expect=REFUSED),
    "names-hostile": Raster(scene(names=("<script>", "=1+1", "a/../b")), expect=REFUSED),
    "other-order": sound(scene(lambda p: p[::-1], names=BANDS[::-1])),
    "fifty-bands": Raster(scene(lambda p: np.repeat(p, 17, axis=0))),
    "alpha-first": sound(alpha(0)),
    "alpha-middle": sound(alpha(1)),
    "alpha-last": sound(alpha(3)),
    "mask-west": sound(scene(after=mask_west, nodata=None)),
    "black-west": Raster(scene(black_west, nodata=None), expect=TOLD, everywhere=TOLD),
    "all-nodata": Raster(scene(lambda p: p * 0), expect=REFUSED),
    "all-masked": Raster(scene(after=lambda d: d.write_mask(False), nodata=None), expect=REFUSED),
    "constant": Raster(scene(lambda p: p * 0 + 7)),
    "nan-west": sound(value(float("nan"), "float32")),
    "inf-west": Raster(value(float("inf"), "float32")),
    "all-nan": Raster(scene(lambda p: p * np.float32("nan")), expect=REFUSED),
    "huge-west": Raster(value(3e38, "float32")),
    "huge-double": Raster(value(1e300, "float64")),
    "negative": Raster(scene(lambda p: -p.astype("int32"))),
    "unit-reflectance": Raster(scene(lambda p: p / np.float32(10_000)), expect=TOLD),
    "complex": Raster(scene(lambda p: p.astype("complex64"), nodata=None), expect=REFUSED),
    "int8": Raster(scene(lambda p: (p // 100).astype("int8"), nodata=0)),
    "uint64": Raster(scene(lambda p: p.astype("uint64") + 2**60, nodata=0)),
    "float64": sound(scene(lambda p: p.astype("float64"), nodata=0)),
    "nodata-nan": sound(scene(lambda p: p.astype("float32"), nodata=float("nan"))),
    "nodata-common": Raster(scene(nodata=int(1e3))),
    "scale-0": Raster(scaled(0.0, 0.0)),
    "scale-nan": Raster(scaled(float("nan"), 0.0)),
    "scale-1e300": Raster(scaled(1e300, 0.0)),
    "offset-1000": Raster(scaled(1.0, -1000.0)),
    "palette": Raster(palette, expect=REFUSED),
    "subdatasets": Raster(subdatasets),
    "aux-broken": Raster(with_broken_aux),
    "no-permission": Raster(unreadable),
    "elsewhere": Raster(transform(10, 0, 500_000, 0, -10, 4_000_000)),
    "other-zone": Raster(scene(crs="EPSG:32646")),
}
