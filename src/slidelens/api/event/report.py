"""Add densities and a report of one page to the folder of a map."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from rasterio.enums import Resampling
from rasterio.windows import Window

from slidelens import __version__
from slidelens.analysis.inventory.search_radius import default_radius_m
from slidelens.api.density import DensityMap, kernel_density
from slidelens.api.event.quick_look import picture_grid, read_quick_look, window_over
from slidelens.api.generic import describe_generic_scores, is_generic
from slidelens.api.mapping.folder_map import Finish
from slidelens.api.mapping.options import MapOptions
from slidelens.api.mapping.outlining import OutlinedMap
from slidelens.api.mapping.preparation import PreparedMap
from slidelens.api.network import describe_adaptation
from slidelens.errors import SlidelensError
from slidelens.files import write_text
from slidelens.geo.grid import Grid
from slidelens.geo.rasters.opening import open_dataset
from slidelens.layers.footprint import outline_valid_pixels
from slidelens.layers.image_date import describe_date
from slidelens.learning.tiling.identity import weights_digest
from slidelens.learning.tiling.tile_job import NetworkChoice
from slidelens.qgis.raster_styles import density_renderer, raster_style
from slidelens.types import Float32

if TYPE_CHECKING:
    from slidelens.api.event.values import Surface
    from slidelens.geo.rasters.header import Header

log = logging.getLogger(__name__)

MOST_PX = 1600  # of both sides of a picture
_GROUND_PX = 512  # of the outline of the mapped ground
_COLOURS = ("red", "green", "blue")


class _Collector(logging.Handler):
    """Collects the warnings of a run."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the text of a warning."""
        if record.getMessage() not in self.texts:
            self.texts.append(record.getMessage())


@contextmanager
def event_report(
    wanted: bool, options: MapOptions, name: str | None = None, date: str | None = None
) -> Iterator[Finish | None]:
    """Yield what adds density.tif and report.html to a map that is made in the block.

    The report tells the warnings that are logged in the block.

    Args:
        wanted: Whether there shall be a report; else None is yielded.
        options: What the user chose for the map.
        name: Name of the scene; by default that of its file.
        date: Date of the image, of a catalogue; by default that of the file's tags or name.
    """
    if not wanted:
        yield None
        return
    collector = _Collector()

    def finish(folder: Path, prepared: PreparedMap, outlined: OutlinedMap) -> None:
        _add_report(folder, prepared, outlined, options, (name, date), collector.texts)

    logger = logging.getLogger("slidelens")
    logger.addHandler(collector)
    try:
        yield finish
    finally:
        logger.removeHandler(collector)


def _add_report(
    folder: Path,
    prepared: PreparedMap,
    outlined: OutlinedMap,
    options: MapOptions,
    told: tuple[str | None, str | None],
    notes: list[str],
) -> None:
    from slidelens.api.event.page import write_page
    from slidelens.api.event.values import EventValues

    header, path = prepared.job.source.header, folder / "probability.tif"
    log.info("drawing the report …")
    ground = outline_valid_pixels(path, prepared.grid, _GROUND_PX).outline
    window = window_over(prepared.grid, tuple(shapely.bounds(ground)))
    grid = prepared.grid.window(window)
    density, reason = _density(outlined, gpd.GeoDataFrame(geometry=[ground], crs=grid.crs))
    probability = _probability(path, grid, window)
    picture = read_quick_look(header, _bands_to_show(header), grid, MOST_PX)
    picture = replace(picture, valid=picture.valid & np.isfinite(probability))
    if density is not None:
        density.save(folder / "density.tif")
        write_text(folder / "density.qml", raster_style(density_renderer(density.peak or 0.0)))
    values = EventValues(
        scene=told[0] or header.path.name,
        date=f"{told[1]} (from its catalogue)" if told[1] else describe_date(header.path),
        grid=grid,
        picture=picture,
        probability=probability,
        landslides=outlined.landslides,
        mapped_km2=outlined.mapped_km2,
        threshold=outlined.threshold,
        threshold_origin=_origin(options),
        density=_surface(density),
        no_density=reason,
        facts=_facts(prepared, options),
        notes=tuple(notes),
        simulated=_is_simulated(header.path),
        measured=_measured(prepared.job.network),
        format=options.format,
    )
    write_page(values, folder / "report.html")


def _density(
    outlined: OutlinedMap, ground: gpd.GeoDataFrame
) -> tuple[DensityMap | None, str | None]:
    """Return the kernel density over the mapped ground, or why there is none."""
    points = outlined.landslides.centroid.get_coordinates().to_numpy()
    if len(points) and default_radius_m(points) is None:
        places = "1 landslide" if len(points) == 1 else f"{len(points)} landslides in one place"
        reason = f"there is no density of {places}: its search radius would be 0 m"
    else:
        try:
            return kernel_density(outlined.landslides, area=ground), None
        except SlidelensError as error:  # the map is not lost
            reason = f"there is no density: {error}"
    log.warning("%s", reason)
    return None, reason


def _surface(density: DensityMap | None) -> Surface | None:
    from slidelens.api.event.values import Surface

    if density is None:
        return None
    return Surface(density.array, density.grid, density.density.radius_m)


def _probability(path: Path, grid: Grid, window: Window) -> Float32:
    """Return the probability of a part of a map in few pixels, NaN where it is not valid."""
    shape = picture_grid(grid, MOST_PX).shape
    with open_dataset(path) as dataset:
        levels = dataset.read(1, window=window, out_shape=shape, resampling=Resampling.average)
        valid = dataset.read_masks(1, window=window, out_shape=shape) > 0
    return np.where(valid, levels / np.float32(255), np.float32(np.nan))


def _bands_to_show(header: Header) -> tuple[str, ...]:
    """Return red, green and blue if the scene has them, else its first three bands."""
    return _COLOURS if set(_COLOURS) <= set(header.bands) else header.bands[:3]


def _is_simulated(path: Path) -> bool:
    """Return whether the tags of a file say that it is no real image."""
    with open_dataset(path) as dataset:
        return bool(dataset.tags().get("SIMULATED") == "yes")


def _measured(network: NetworkChoice) -> str:
    """Return how good the weights were elsewhere or by marks, as sentences; empty if unknown."""
    if is_generic(network):
        return describe_generic_scores()
    return describe_adaptation(network)


def _origin(options: MapOptions) -> str:
    if options.threshold is None:
        return "that of the weights"
    return "yours" if not isinstance(options.threshold, str) else "best expected F1 of this map"


def _facts(prepared: PreparedMap, options: MapOptions) -> dict[str, str]:
    """Return what the map was made with."""
    network, chosen = prepared.job.network, prepared.predictor.describe()
    metadata = network.metadata
    side_px = metadata.local_window_px
    around = f"by the {side_px} × {side_px} pixels around each pixel"
    own = "by this scene's means and deviations"
    if side_px is not None:
        trained = around
    elif metadata.uses_own_statistics:
        trained = own
    else:
        trained = "as on the training ground"
    means = {"weights": trained, "means": "by this scene's means"}
    digest = weights_digest(network.path)[:16]
    bands = ", ".join(metadata.statistics.bands)
    return {
        "scene": f"{prepared.job.source.header.path.name}, bands {bands}",
        "map": prepared.grid.describe(),
        "weights": f"{network.path.name}, SHA-256 {digest}…",
        "trained on": f"{', '.join(metadata.trained_on)}, pixels of {metadata.described_pixels}",
        "network": f"{metadata.model.architecture}, {metadata.filters} filters",
        "computed with": ", ".join(f"{key} {value}" for key, value in chosen.items()).replace(
            "_", " "
        ),
        "standardised": means.get(options.standardise, own),
        "smallest fragment": f"{options.min_area_m2:g} m²",
        "fragments": "merged" if options.merge_fragments else "kept",
        "elevation": "none" if options.dem is None else options.dem.name,
        "slidelens": f"{__version__} (GDAL {rasterio.__gdal_version__})",
    }
