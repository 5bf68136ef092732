"""Scenes: dated multi-band images, read by band name, brought onto a grid, written whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.enums import ColorInterp, Resampling
from rasterio.errors import CRSError, RasterioIOError
from rasterio.io import DatasetWriter, MemoryFile
from rasterio.warp import reproject, transform, transform_bounds
from rasterio.windows import Window

from slidelens.errors import SceneError
from slidelens.files import writing
from slidelens.geo.grid import Bounds, Grid, name_of

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

PROBABILITY, DEVIATION = "landslide probability", "standard deviation of the probability"
_LAYOUT = {"driver": "GTiff", "tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "deflate", "zlevel": 4}


@dataclass(frozen=True)
class Header:
    """What a scene's file says of itself, pixels unread."""

    path: Path
    grid: Grid
    bands: tuple[str, ...]
    dtype: str

    def bounds_in(self, crs: CRS) -> Bounds:
        """The scene's (left, bottom, right, top) in another CRS. Raises SceneError where it has no place there."""
        try:
            bounds = transform_bounds(self.grid.crs, crs, *self.grid.bounds)
        except CRSError as error:
            raise SceneError(
                f"{self.path} is in {name_of(self.grid.crs)}, which cannot be brought into {name_of(crs)}; set its true CRS"
            ) from error
        if not np.isfinite(bounds).all():
            corner = f"{self.grid.bounds[0]:.7g}, {self.grid.bounds[3]:.7g}"
            raise SceneError(
                f"{self.path} is in {name_of(self.grid.crs)}, but begins at {corner}, which is no place in {name_of(crs)}; set its true CRS"
            )
        return bounds

    def positions(self, bands: Sequence[str]) -> list[int]:
        """1-based positions of the named bands. Raises SceneError naming the first that is missing."""
        missing = [band for band in bands if band not in self.bands]
        if missing:
            raise SceneError(
                f"{self.path} has no band {missing[0]}, only {', '.join(self.bands)}; name its bands in study.band_names (`slidelens map`: --bands)"
            )
        return [self.bands.index(band) + 1 for band in bands]


@dataclass(frozen=True)
class Scene:
    """Pixels on a grid.

    pixels: (height, width, bands) float32, in the file's units; 0 where not valid
    valid: (height, width) bool, true where every band has a value
    """

    grid: Grid
    bands: tuple[str, ...]
    pixels: Floats
    valid: Mask


def read_header(path: Path, band_names: Sequence[str] = ()) -> Header:
    """Size, CRS and bands of a scene.

    band_names: names in file order, for files whose bands have no descriptions
    Raises SceneError where the file is missing or no raster, has no CRS, or its bands have no names.
    """
    with _opened(path) as dataset:
        if dataset.crs is None:
            raise SceneError(f"{path} has no CRS; set it, for instance with `gdal_edit.py -a_srs EPSG:32645`")
        grid = Grid(dataset.crs, dataset.transform, dataset.height, dataset.width)
        return Header(Path(path), grid, _names(dataset, Path(path), band_names), dataset.dtypes[0])


def _names(dataset: rasterio.DatasetReader, path: Path, band_names: Sequence[str]) -> tuple[str, ...]:
    count = sum(kind != ColorInterp.alpha for kind in dataset.colorinterp)
    described = dataset.descriptions[:count]
    if all(described) and len(set(described)) == count:
        return tuple(described)
    if len(band_names) == count:
        return tuple(band_names)
    raise SceneError(f"{path} has {count} bands without distinct names and study.band_names has {len(band_names)}; name them in file order")


def _opened(path: Path) -> rasterio.DatasetReader:
    if not Path(path).exists():
        raise SceneError(f"there is no scene {path}; check the path")
    try:
        return rasterio.open(path)
    except RasterioIOError as error:
        raise SceneError(f"cannot read {path}: {_line(error)}; is it a complete GeoTIFF?") from error


def _line(error: Exception) -> str:
    return " ".join(str(error.__cause__ or error).split())


def read_on(path: Path, grid: Grid, bands: Sequence[str], band_names: Sequence[str] = ()) -> Scene:
    """A scene's bands, brought onto a grid.

    Aligned pixels are taken as they are; others are resampled, by cubic convolution, or averaged where the scene is finer
    than the grid. A pixel is valid only where every band is: nodata, masks and NaN are respected band by band.
    Raises SceneError where a band is missing, or the file ends early.
    """
    header = read_header(path, band_names)
    positions = header.positions(bands)
    window = _window_over(header.grid, grid)
    if window is None:
        return Scene(grid, tuple(bands), np.zeros((*grid.shape, len(bands)), np.float32), np.zeros(grid.shape, bool))
    native = np.stack([_native(path, position, window) for position in positions], axis=-1)
    pixels = _resampled(native, header.grid.window(window), grid)
    valid: Mask = np.logical_and.reduce(np.isfinite(pixels), axis=-1)
    pixels[~valid] = 0
    return Scene(grid, tuple(bands), pixels, valid)


def read_single_on(path: Path, grid: Grid, name: str, what: str, nowhere: str) -> Scene:
    """One band of a file, brought onto a grid: its only one, or that called `name`.

    what: the file is; nowhere: the message's end where it has no value on the grid
    Raises SceneError where the file is missing or no raster, has several bands of other names, or no value on the grid.
    """
    header = read_header(path, (name,))
    if len(header.bands) > 1 and name not in header.bands:
        raise SceneError(f"{path} has {len(header.bands)} bands; a {what} has one")
    scene = read_on(path, grid, (name,) if name in header.bands else header.bands, (name,))
    if not scene.valid.any():
        raise SceneError(f"{path} has no {nowhere}")
    return scene


def _window_over(source: Grid, grid: Grid, margin: int = 4) -> Window | None:
    """The pixels of `source` that `grid` needs, with a margin for the resampling kernel; None where there are none."""
    left, bottom, right, top = transform_bounds(grid.crs, source.crs, *grid.bounds, densify_pts=101)
    columns, rows = zip(
        *(~source.transform @ corner for corner in ((left, top), (right, bottom), (left, bottom), (right, top))), strict=True
    )
    first = max(0, int(np.floor(min(rows))) - margin), max(0, int(np.floor(min(columns))) - margin)
    last = min(source.height, int(np.ceil(max(rows))) + margin), min(source.width, int(np.ceil(max(columns))) + margin)
    if last[0] <= first[0] or last[1] <= first[1]:
        return None
    return Window(first[1], first[0], last[1] - first[1], last[0] - first[0])


def _native(path: Path, position: int, window: Window) -> Floats:
    """One band as float32, NaN where it has no value."""
    with _opened(path) as dataset:
        try:
            values = dataset.read(position, window=window).astype(np.float32)
            values[dataset.read_masks(position, window=window) == 0] = np.nan
        except RasterioIOError as error:
            raise SceneError(f"cannot read band {position} of {path}: {_line(error)}; is the file truncated? copy it again") from error
    values[~np.isfinite(values)] = np.nan
    return values


def _resampled(native: Floats, source: Grid, grid: Grid) -> Floats:
    offset = _whole_offset(source, grid)
    if offset is not None:
        return _shifted(native, offset, grid.shape)
    finer = np.sqrt(abs(source.transform.determinant)) * _metres_per_unit(source) < 0.67 * grid.transform.a
    target = np.full((native.shape[2], *grid.shape), np.nan, np.float32)
    reproject(
        np.moveaxis(native, -1, 0),
        target,
        src_transform=source.transform,
        src_crs=source.crs,
        dst_transform=grid.transform,
        dst_crs=grid.crs,
        src_nodata=np.nan,
        dst_nodata=np.nan,
        resampling=Resampling.average if finer else Resampling.cubic,
    )
    return np.ascontiguousarray(np.moveaxis(target, 0, -1))


def _metres_per_unit(grid: Grid) -> float:
    return float(grid.crs.linear_units_factor[1]) if grid.crs.is_projected else 111_320.0


def _whole_offset(source: Grid, grid: Grid) -> tuple[int, int] | None:
    """(rows, columns) from `grid`'s origin to `source`'s where their pixels coincide, else None."""
    if source.crs != grid.crs or not np.allclose(_pixel(source.transform), _pixel(grid.transform)):
        return None
    column, row = ~grid.transform @ (source.transform @ (0, 0))
    if max(abs(column - round(column)), abs(row - round(row))) > 1e-3:
        return None
    return round(row), round(column)


def _pixel(transform: Affine) -> tuple[float, float, float, float]:
    return transform.a, transform.b, transform.d, transform.e


def _shifted(native: Floats, offset: tuple[int, int], shape: tuple[int, int]) -> Floats:
    target = np.full((*shape, native.shape[2]), np.nan, np.float32)
    into = tuple(slice(max(0, o), max(0, min(n, o + m))) for o, n, m in zip(offset, shape, native.shape[:2], strict=True))
    out_of = tuple(slice(s.start - o, max(s.start, s.stop) - o) for s, o in zip(into, offset, strict=True))
    target[into] = native[out_of]
    return target


def write_scene(scene: Scene, path: Path, dtype: str = "float32", tags: dict[str, str] | None = None) -> None:
    """Write a GeoTIFF with named bands and an internal validity mask.

    dtype: an integer type rounds and clips to its range
    """
    layers = np.moveaxis(_as_type(scene.pixels, np.dtype(dtype)), -1, 0)
    profile = _LAYOUT | {
        "dtype": dtype,
        "count": len(scene.bands),
        "predictor": 3 if dtype.startswith("float") else 2,
        "interleave": "band",
    }
    with created(path, scene.grid, profile) as dataset:
        dataset.write(layers)
        dataset.write_mask(scene.valid)
        dataset.descriptions = scene.bands
        dataset.update_tags(**(tags or {}))


def _as_type(values: Floats, dtype: np.dtype) -> NDArray:
    if dtype.kind == "f":
        return values.astype(dtype)
    limits = np.iinfo(dtype)
    return np.clip(np.rint(values), limits.min, limits.max).astype(dtype)


@contextmanager
def created(path: Path, grid: Grid, profile: dict[str, Any]) -> Iterator[DatasetWriter]:
    """A new GeoTIFF on a grid, open to be filled; the file is written whole or not at all.

    It is made in memory: GDAL does not say when a disk fills up while a file is closed.
    """
    with MemoryFile() as memory:
        with _opened_in(memory, grid, profile) as dataset:
            yield dataset
        with writing(path) as temporary:
            temporary.write_bytes(memory.getbuffer())


@contextmanager
def _opened_in(memory: MemoryFile, grid: Grid, profile: dict[str, Any]) -> Iterator[DatasetWriter]:
    placed = {"crs": grid.crs, "transform": grid.transform, "height": grid.height, "width": grid.width}
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), memory.open(**placed, **profile) as dataset:
        yield dataset


def write_bytes(
    values: NDArray[np.uint8], grid: Grid, path: Path, name: str, tags: dict[str, str] | None = None, nodata: int | None = None
) -> None:
    """Write one band of bytes: labels, split or a map. values: (height, width) uint8."""
    profile = _LAYOUT | {"dtype": "uint8", "count": 1, "nodata": nodata}
    with created(path, grid, profile) as dataset:
        dataset.write(values, 1)
        dataset.set_band_description(1, name)
        dataset.update_tags(**(tags or {}))


def write_probability(
    probability: Floats, valid: Mask, grid: Grid, path: Path, tags: dict[str, str] | None = None, deviation: Floats | None = None
) -> None:
    """Write a probability map as a cloud-optimised GeoTIFF of bytes: 0–255 for 0…1, masked where not valid.

    probability: (height, width), 0…1; valid: (height, width) bool; deviation: (height, width) its standard deviation, as a second band
    """
    layers = {PROBABILITY: probability} | ({} if deviation is None else {DEVIATION: deviation})
    with MemoryFile() as plain, MemoryFile() as optimised:
        with _opened_in(plain, grid, {"driver": "GTiff", "dtype": "uint8", "count": len(layers)}) as dataset:
            for band, (name, values) in enumerate(layers.items(), 1):
                dataset.write(_as_type(np.where(valid, values, 0) * 255, np.dtype("uint8")), band)  # tools that know no masks see nothing
                dataset.set_band_description(band, name)
            dataset.write_mask(valid)
            dataset.scales = (1 / 255,) * len(layers)
            dataset.update_tags(UNIT="1", VALUES="0–255 for 0–1", **(tags or {}))
        rasterio.shutil.copy(plain.name, optimised.name, driver="COG", compress="DEFLATE", blocksize=256, overview_resampling="average")
        with writing(path) as temporary:
            temporary.write_bytes(optimised.getbuffer())


def read_probability(path: Path) -> tuple[Floats, Mask, Grid]:
    """The probability map, 0…1 to the nearest 1/255, where it is valid, and its grid. Inverse: `write_probability`."""
    values, grid = read_layer(path)
    with _opened(path) as dataset:
        return (values / np.float32(255)).astype(np.float32), dataset.dataset_mask() > 0, grid


def read_layer(path: Path) -> tuple[NDArray, Grid]:
    """The first band of a raster that slidelens wrote, and its grid."""
    with _opened(path) as dataset:
        grid = Grid(dataset.crs, dataset.transform, dataset.height, dataset.width)
        try:
            return dataset.read(1), grid
        except RasterioIOError as error:
            raise SceneError(f"cannot read {path}: {_line(error)}; run the stage that writes it again") from error


def read_scene(path: Path) -> Scene:
    """A scene on its own grid, all bands."""
    header = read_header(path)
    return read_on(path, header.grid, header.bands)


def pixel_size_m(header: Header, crs: CRS) -> float:
    """The shorter side of the scene's pixel at its centre, so that no detail is lost; metres, to two digits where `crs` is not its own.

    crs: a metric CRS over the scene
    """
    grid, middle = header.grid, (header.grid.width // 2, header.grid.height // 2)
    corners = [grid.transform @ (middle[0] + column, middle[1] + row) for column, row in ((0, 0), (1, 0), (0, 1))]
    x, y = (np.array(values) for values in transform(grid.crs, crs, *zip(*corners, strict=True)))
    side = float(np.hypot(x[1:] - x[0], y[1:] - y[0]).min())
    return side if grid.crs == crs else float(f"{side:.2g}")
