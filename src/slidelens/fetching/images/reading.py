"""Read windows of the files of STAC items on a grid."""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from threading import Event
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import rasterio
from rasterio.windows import Window

from slidelens.errors import SceneError
from slidelens.fetching.catalogues.hrefs import is_web, without_secrets
from slidelens.fetching.images.bands import ItemBand, is_sentinel2
from slidelens.fetching.retrying import is_gone, patiently, reason_of
from slidelens.geo.grid import Grid
from slidelens.geo.windowed import Part
from slidelens.types import Float32

if TYPE_CHECKING:
    import pystac

_THREADS = 8
_LONGEST = 200  # characters of a path in a message
_NOISY = ("odc", "rasterio", "botocore", "urllib3")
# GDAL tries again by itself what fails for a moment; the user's environment goes before this.
_GDAL = {
    "GDAL_CACHEMAX": 2**28,  # bytes, in rasterio
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_HTTP_MAX_RETRY": "2",
    "GDAL_HTTP_RETRY_DELAY": "1",
    "GDAL_HTTP_RETRY_CODES": "429,500,502,503,504",
    "GDAL_HTTP_CONNECTTIMEOUT": "20",
    "GDAL_HTTP_TIMEOUT": "120",
    "GDAL_HTTP_LOW_SPEED_TIME": "20",
    "GDAL_HTTP_LOW_SPEED_LIMIT": "1000",
    "GDAL_HTTP_MULTIRANGE": "SERIAL",
}
_REFUSED = re.compile(r"\b(401|403)\b")
_FAILURES: list[str] = []  # of this process, so that addresses that failed are not used again


def require_packages() -> None:
    """Import what reads items.

    Raises:
        ModuleNotFoundError: A package of the extra `fetch` is missing.
    """
    for name in ("pystac_client", "odc.stac"):
        import_module(name)


class MissingFileError(SceneError):
    """A file that an item names is not there, and will not be at another attempt.

    Attributes:
        item: Id of the item.
    """

    def __init__(self, text: str, item: str) -> None:
        """Tell what is not there.

        Args:
            text: The message.
            item: Id of the item.
        """
        super().__init__(text)
        self.item = item


def read_bands(
    item: pystac.Item,
    bands: Sequence[ItemBand],
    grid: Grid,
    part: Part | None = None,
    resampling: Literal["cubic", "nearest"] = "cubic",
) -> Float32:
    """Read bands of an item on a grid; only the windows that are needed are read.

    Args:
        item: The item.
        bands: Its bands.
        grid: The whole grid.
        part: Rows and columns of the grid; all by default.
        resampling: How pixels are brought onto the grid if they do not lie on it.

    Returns:
        (bands, height, width) stored values, NaN where there are none.

    Raises:
        MissingFileError: A file is not there.
        SceneError: A file cannot be read, after several attempts.
    """
    target = grid if part is None else grid.window(Window.from_slices(*part))

    stopped = Event()

    def read(band: ItemBand) -> Float32:
        return _read_band(item, band, target, resampling, stopped)

    with _silence(), ThreadPoolExecutor(_THREADS) as pool:
        try:
            return np.stack(list(pool.map(read, bands)))
        except BaseException:
            stopped.set()  # so that threads do not try again
            raise


def _read_band(
    item: pystac.Item, band: ItemBand, target: Grid, resampling: str, stopped: Event
) -> Float32:
    def read() -> Float32:
        if stopped.is_set():
            raise KeyboardInterrupt
        try:
            return _load(item, band, target, resampling)
        except Exception as error:
            _FAILURES.append(type(error).__name__)
            raise

    of_web = is_web(band.href)
    try:
        return patiently(read, f"reading {band.asset} of {item.id}") if of_web else read()
    except (MemoryError, ImportError):
        raise
    except Exception as error:  # odc-stac, rasterio and GDAL raise errors of all kinds
        if is_gone(error):
            place = without_secrets(band.href)[-_LONGEST:]
            text = f"{band.asset} of {item.id} is not there: {place}"
            raise MissingFileError(text, str(item.id)) from error
        remedy = _remedy(error) if of_web else "check the file"
        raise SceneError(
            f"cannot read {band.asset} of {item.id}: {reason_of(error)}; {remedy}"
        ) from error


def _remedy(error: Exception) -> str:
    if _REFUSED.search(reason_of(error)):
        return (
            "give the key that the server asks for in GDAL's variables (AWS_…, GDAL_HTTP_HEADERS),"
            " or name another catalogue (--catalog)"
        )
    return "run the same command again to go on"


def _load(item: pystac.Item, band: ItemBand, target: Grid, resampling: str) -> Float32:
    import odc.stac
    from odc.geo.geobox import GeoBox

    nodata = band.nodata
    if nodata is None and is_sentinel2(item):
        nodata = 0.0
    name = band.asset if band.only else f"{band.asset}.{band.position}"
    with gdal_options():
        loaded = odc.stac.load(
            [item],
            bands=[name],
            geobox=GeoBox(target.shape, target.transform, target.crs.to_wkt()),
            resampling=resampling,
            dtype="float32",
            nodata=np.nan,
            patch_url=_address,
            driver=_driver(nodata),
        )
    layer: Float32 = np.asarray(loaded[name].data[0], np.float32)
    if band.nodata is not None:
        layer[layer == band.nodata] = np.nan
    return layer


def _driver(nodata: float | None) -> Any:
    """Return what reads files for odc-stac.

    Args:
        nodata: Value that stands for no data in files that declare none (JPEG 2000 for example);
            left to odc-stac, it would be mixed into pixels beside it where files are resampled.
    """
    from odc.loader import RasterLoadParams, RioDriver, RioReader

    class Reader(RioReader):
        def read(self, cfg: RasterLoadParams, *args: Any, **options: Any) -> Any:
            known = replace(cfg, src_nodata_fallback=nodata)
            return super().read(known, *args, **options)

    class Driver(RioDriver):
        def open(self, src: Any, ctx: Any) -> Reader:
            return Reader(src, ctx)

    return Driver()


def _address(href: str) -> str:
    """Return an address by which GDAL has not failed yet.

    GDAL remembers addresses that it could not open; a fragment, which rasterio takes away unless
    the address is GDAL's, is not sent to the server.
    """
    return f"/vsicurl/{href}#{len(_FAILURES)}" if _FAILURES and is_web(href) else href


@contextmanager
def gdal_options() -> Iterator[None]:
    """Set how GDAL reads behind addresses, and its cache, by which it orders what it writes."""
    with rasterio.Env(**{name: value for name, value in _GDAL.items() if name not in os.environ}):
        yield


@contextmanager
def _silence() -> Iterator[None]:
    """Keep libraries from logging errors that are tried again, or told in a line."""
    loggers = [logging.getLogger(name) for name in _NOISY]
    before = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.CRITICAL + 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
