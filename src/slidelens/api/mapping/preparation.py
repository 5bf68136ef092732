"""Decide how a scene is mapped: on which grid, in which tiles, standardised how."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from rasterio.crs import CRS

from slidelens.api.mapping.image_before import open_image_before
from slidelens.api.mapping.options import MapOptions
from slidelens.api.network import Network
from slidelens.api.scene import SceneFile
from slidelens.dataset.change_channels import own_channels
from slidelens.dataset.level_channels import chosen_statistics, level_places
from slidelens.dataset.standardisation import BandStatistics
from slidelens.errors import SceneError
from slidelens.geo.grid import Grid, covering_grid
from slidelens.geo.rasters.doubts import describe_fills, fill_values
from slidelens.geo.rasters.header import Header, pixel_size_m
from slidelens.geo.rasters.scene import log_reading
from slidelens.layers.crs.metric import metric_crs
from slidelens.layers.elevation import HeightReader
from slidelens.learning.inference.tile_predictor import TilePredictor
from slidelens.learning.inference.weights import WeightsMetadata
from slidelens.learning.inference.windows import Window
from slidelens.learning.tiling.moments import combine_moments
from slidelens.learning.tiling.own_process import OwnProcessPredictor
from slidelens.learning.tiling.progress import show_progress
from slidelens.learning.tiling.tile_job import TileJob, tiles_of
from slidelens.learning.tiling.tile_source import TileSource, TileSummary
from slidelens.study.images.channels import bands_to_read

log = logging.getLogger(__name__)

MOST_PX = 5 * 10**10  # of a scene whose statistics are read
_COARSE_RATIO = 1.5  # from this ratio of scene pixel to trained pixel on, maps are poor
_FINE_RATIO = 3.5  # from this ratio of mapped pixel to scene pixel on, small landslides are lost
# From here on outlines take memory that the network should not hold any more (docs/scale.md).
LARGE_PX = 2 * 10**8
_LARGE_SHIFT = 1.0  # standard deviations of a band's mean from that of the training data


@dataclass(frozen=True)
class PreparedMap:
    """A scene that is ready to be mapped.

    Attributes:
        job: The scene and the network.
        tiles: Its tiles.
        predictor: The network, loaded; of a large scene in a process of its own.
    """

    job: TileJob
    tiles: Sequence[Window]
    predictor: TilePredictor

    def close_network(self) -> None:
        """End the network's own process, if it has one; nothing can be predicted afterwards."""
        if isinstance(self.predictor, OwnProcessPredictor):
            self.predictor.close()

    @property
    def grid(self) -> Grid:
        """The grid of the map."""
        return self.job.source.grid


def prepare_map(scene: SceneFile, network: Network, options: MapOptions) -> PreparedMap:
    """Check a scene and a network, and return what is needed to map it.

    Args:
        scene: The scene.
        network: The network.
        options: What the user chose.

    Raises:
        SceneError: The scene lacks bands, or the height model has no value there.
        WeightsError: The weights cannot be read.
    """
    source = open_source(scene, network, options.dem, options.before)
    if _reads_statistics(options, network.metadata):
        _require_readable(source)
    is_large = source.grid.height * source.grid.width > LARGE_PX
    predictor = network.tile_predictor(options.engine, options.precision, own_process=is_large)
    tiles = tiles_of(source.grid.shape, predictor)
    source = _choose_statistics(source, tiles, options, network.metadata)
    return PreparedMap(TileJob(source, network.choice(predictor)), tiles, predictor)


def open_source(
    scene: SceneFile, network: Network, dem: Path | None, before: Path | None = None
) -> TileSource:
    """Return a scene on the grid of a network's maps, to be standardised by the training data.

    Args:
        scene: The scene.
        network: The network.
        dem: Height model, for networks that use slope.
        before: Earlier image, for networks that use the change since it.

    Raises:
        SceneError: The scene or the earlier image lacks bands, the height model has no value there,
            or the earlier image lies elsewhere.
        ParamsError: The network does not use the change.
    """
    header, metadata = scene.header, network.metadata
    grid = metric_grid(header, _trained_pixel_m(header, metadata))
    _warn_of_other_pixels(header, grid, metadata)
    source = TileSource(
        header=header,
        grid=grid,
        channels=network.bands,
        statistics=metadata.statistics,
        local_window_px=metadata.local_window_px or 0,
        levels=metadata.statistics,
        dem=dem,
    )
    source.require_channels()
    if dem is not None:
        HeightReader(dem, grid).require_heights()
    return replace(source, before=open_image_before(source, network, before))


def _choose_statistics(
    source: TileSource, tiles: Sequence[Window], options: MapOptions, metadata: WeightsMetadata
) -> TileSource:
    """Return the source with the statistics that the user chose, read from the whole scene.

    After training on several images, which had no statistics in common, those of the weights are
    the scene's own.
    """
    if not _reads_statistics(options, metadata):
        return replace(source, statistics=None) if source.local_window_px else source
    log.info("reading the statistics of %s …", source.header.path.name)
    summaries = []
    with show_progress(len(tiles), 0, "tile") as advance:
        for tile in tiles:
            summaries.append(source.summarise(tile))
            advance()
    require_valid(source, summaries)
    own = _statistics_of(source, summaries)
    if options.standardise == "means":
        own = replace(own, deviation=metadata.statistics.deviation)
    return replace(source, statistics=own)


def _reads_statistics(options: MapOptions, metadata: WeightsMetadata) -> bool:
    return options.standardise != "weights" or metadata.uses_own_statistics


def _require_readable(source: TileSource) -> None:
    """Raise SceneError if an image claims more pixels than can be read in a day."""
    if (pixels := source.grid.height * source.grid.width) > MOST_PX:
        raise SceneError(
            f"{source.header.path} has {pixels:.0e} pixels, whose statistics would take days to"
            " read; give a part of it (gdal_translate -projwin), or standardise as in training"
        )


def require_valid(source: TileSource, summaries: Sequence[TileSummary]) -> None:
    """Raise SceneError if a scene has no valid pixel.

    Args:
        source: The scene.
        summaries: Of all its tiles.
    """
    if not any(summary.valid for summary in summaries):
        bands = bands_to_read(source.channels, source.header.bands)
        raise SceneError(
            f"{source.header.path} has no valid pixel; every pixel is nodata or NaN "
            f"in at least one of {', '.join(bands)}"
        )
    if not any(summary.mapped for summary in summaries):
        raise SceneError(
            f"{source.header.path} shows nothing: within {source.local_window_px // 2} pixels of"
            " any pixel all valid ones are alike; give an image with detail"
        )


def report_doubts(
    source: TileSource, summaries: Sequence[TileSummary], trained: BandStatistics
) -> None:
    """Log what is doubtful about a scene that has been read whole.

    Args:
        source: The scene.
        summaries: Of all its tiles.
        trained: Statistics of the training data.
    """
    header, grid = source.header, source.grid
    bands = bands_to_read(source.channels, header.bands)
    log_reading(header, bands, sum(each.soft for each in summaries) / (grid.height * grid.width))
    own = header.select([name for name in source.channels if name in header.bands])
    fills = [sum(counts) for counts in zip(*(each.fills for each in summaries), strict=True)]
    counts = dict(zip(fill_values(own), fills, strict=True))
    valid = sum(each.valid for each in summaries)
    if note := describe_fills(header.path, counts, valid, header.layers, header.options):
        log.warning("%s", note)
    if hidden := sum(each.featureless for each in summaries):
        log.warning(
            "%s: %.2g %% of the pixels are not mapped: all within %d pixels of them are alike, as"
            " in clouds, fills or still water",
            header.path,
            100 * hidden / valid,
            source.local_window_px // 2,
        )
    levels = level_places(source.channels)
    if source.statistics == trained:
        _warn_of_shift(
            shifted_band(_statistics_of(source, summaries), trained),
            header.path,
            "that of the training data; other illumination or units? see standardise"
            " (--standardise)",
        )
    elif source.statistics is None and levels:  # they alone are standardised by the weights
        found = _statistics_of(source, summaries)
        _warn_of_shift(
            shifted_band(chosen_statistics(found, levels), chosen_statistics(trained, levels)),
            header.path,
            "that of the image that the weights were adapted to, and they know its colours alone;"
            " adapt weights to this image (slidelens adapt)",
        )


def _statistics_of(source: TileSource, summaries: Sequence[TileSummary]) -> BandStatistics:
    return combine_moments(source.channels, (each.moments for each in summaries))


def _warn_of_shift(shifted: tuple[str, float] | None, path: Path, from_what: str) -> None:
    if shifted is not None:
        log.warning(
            "%s: the mean of %s is %+.1f standard deviations from %s", path, *shifted, from_what
        )


def shifted_band(own: BandStatistics, trained: BandStatistics) -> tuple[str, float] | None:
    """Return the band whose mean is farthest from that of the training data, and how far.

    Args:
        own: Statistics of a scene.
        trained: Statistics of the training data; the shift is in their standard deviations.

    Returns:
        The band and its shift, in either direction; None if no band is far.
    """
    image = list(own_channels(own.bands))
    shifts = (np.array(own.mean) - trained.mean) / trained.deviation
    band = image[int(np.abs(shifts[image]).argmax())]
    is_far = abs(shifts[band]) > _LARGE_SHIFT
    return (own.bands[band], float(shifts[band])) if is_far else None


def _trained_pixel_m(header: Header, metadata: WeightsMetadata) -> float:
    """Return the side of the pixels to map, metres: among those trained on, the scene's nearest."""
    finest, coarsest = metadata.pixels_m
    if finest == coarsest:
        return finest
    return min(max(pixel_size_m(header, _metric_crs(header)), finest), coarsest)


def _warn_of_other_pixels(header: Header, grid: Grid, metadata: WeightsMetadata) -> None:
    pixel_m = pixel_size_m(header, grid.crs)
    if pixel_m > _COARSE_RATIO * grid.pixel_m:
        log.warning(
            "%s has pixels of %.3g m, the weights were trained on %s: expect a poor map",
            header.path,
            pixel_m,
            metadata.described_pixels,
        )
    elif grid.pixel_m > _FINE_RATIO * pixel_m:
        log.warning(
            "%s has pixels of %.3g m, which are resampled to the %g m that the weights were trained"
            " on: small landslides are lost",
            header.path,
            pixel_m,
            grid.pixel_m,
        )


def metric_grid(header: Header, pixel_m: float) -> Grid:
    """Return the scene's grid if it is metric with this pixel, else a metric grid over it."""
    grid, crs = header.grid, _metric_crs(header)
    if crs == grid.crs and abs(grid.transform.a - pixel_m) < 1e-3 * pixel_m and grid.is_square:
        return grid
    return covering_grid(header.bounds_in(crs), crs, pixel_m)


def _metric_crs(header: Header) -> CRS:
    outline = gpd.GeoDataFrame(geometry=[shapely.box(*header.grid.bounds)], crs=header.grid.crs)
    return metric_crs(outline, header.path.name)
