"""Data of the interactive map: images, overlays and tracked outlines, as JSON values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from slidelens.analysis.lifecycle.rules import STATES
from slidelens.dataset.parts import TEST
from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import polygonise
from slidelens.report.figures.maps.density import highest_density
from slidelens.report.figures.style import MANUAL, PREDICTED, STATE_COLOURS
from slidelens.report.page.encoding import css_ramp, encode_overlay, encode_photo
from slidelens.report.results import DateResults

_PROBABILITY, _DENSITY = "viridis", "cividis"
_FADES_IN = 0.4  # probabilities from here on are drawn at full opacity
_TENTHS = 10  # outlines are encoded to a tenth of a pixel
_TOLERANCE_PX = 0.4  # of the outlines' simplification


def map_values(
    dates: Sequence[DateResults], histories: Mapping[str, gpd.GeoDataFrame]
) -> dict[str, Any]:
    """Return everything that the interactive map needs.

    Args:
        dates: results of every date, in time order.
        histories: tracked observations by inventory: `predicted`, and `manual` if it exists.
    """
    grid, highest = dates[0].grid, highest_density(dates)
    labels = [results.date for results in dates]
    return {
        "width": grid.width,
        "height": grid.height,
        "pixel_m": grid.pixel_m,
        "states": list(STATES),
        "colours": {
            "manual": MANUAL,
            "predicted": PREDICTED,
            "states": [STATE_COLOURS[state] for state in STATES],
        },
        "ramps": {"probability": css_ramp(_PROBABILITY), "density": css_ramp(_DENSITY)},
        "highest_density": round(highest, 1),
        "test_blocks": encode_rings(
            shapely.MultiPolygon(polygonise(dates[0].split_map == TEST, grid)), grid
        ),
        "dates": [_date(results, highest) for results in dates],
        "landslides": {
            name: [_observation(row, labels, grid) for row in frame.itertuples()]
            for name, frame in histories.items()
        },
    }


def _date(results: DateResults, highest: float) -> dict[str, Any]:
    probability = np.where(results.inside, results.probability, np.nan)
    return {
        "label": results.date,
        "mapped_by_hand": results.manual is not None,
        "image": encode_photo(results.image),
        "probability": encode_overlay(probability, 1.0, _PROBABILITY, _FADES_IN),
        "density": {
            name: {
                "picture": encode_overlay(surface.values, highest, _DENSITY),
                "box": _box(surface.grid, results.grid),
            }
            for name, surface in results.densities.items()
        },
    }


def _box(inner: Grid, grid: Grid) -> list[float]:
    """Return left, top, width and height of a grid in pixels of another."""
    left, bottom, right, top = inner.bounds
    (x0, y0), (x1, y1) = (~grid.transform @ corner for corner in ((left, top), (right, bottom)))
    return [round(value, 2) for value in (x0, y0, x1 - x0, y1 - y0)]


def _observation(row: Any, dates: Sequence[str], grid: Grid) -> list[Any]:
    """Return [id, date, state, area in m², rings]; date and state as positions."""
    return [
        int(row.landslide_id),
        dates.index(row.date),
        STATES.index(row.state),
        round(row.area_m2),
        encode_rings(row.geometry, grid),
    ]


def encode_rings(shape: shapely.Geometry | None, grid: Grid) -> list[list[int]]:
    """Encode the rings of a polygon as lists [x, y, step in x, step in y, …].

    Coordinates are in tenths of the grid's pixels, y downwards, without the closing corner.

    Args:
        shape: polygon or multipolygon in the grid's CRS; None gives no rings.
        grid: grid whose pixels are the unit.
    """
    if shape is None:
        return []
    inverse = ~grid.transform
    simplified = shapely.simplify(shape, _TOLERANCE_PX * grid.pixel_m)
    rings = []
    for ring in shapely.get_rings(shapely.get_parts(simplified)):
        x, y = shapely.get_coordinates(ring)[:-1].T
        pixels = np.column_stack([inverse.a * x + inverse.c, inverse.e * y + inverse.f])
        corners = np.rint(pixels * _TENTHS).astype(int)
        steps = np.diff(corners, axis=0, prepend=np.zeros((1, 2), int))
        rings.append(steps.ravel().tolist())
    return rings
