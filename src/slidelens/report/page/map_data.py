"""What the page's map shows: pictures, overlays and the histories' outlines, as JSON values."""

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
from slidelens.report.page.encoding import css_ramp, overlay, photo
from slidelens.report.results import MappedDate

_PROBABILITY, _DENSITY = "viridis", "cividis"
_FADES_IN = 0.4  # probability from which it has its full colour; next to none is clear
_TENTHS = 10  # outlines are told to a tenth of a pixel
_SIMPLER_PX = 0.4  # and without corners that lie nearer than this to the line without them


def map_values(
    dates: Sequence[MappedDate], histories: Mapping[str, gpd.GeoDataFrame]
) -> dict[str, Any]:
    """Everything that the map needs. histories: observations by inventory, `predicted` and maybe `manual`."""
    grid, highest = dates[0].grid, highest_density(dates)
    labels = [mapped.date for mapped in dates]
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
        "test_blocks": rings_of(
            shapely.MultiPolygon(polygonise(dates[0].parts == TEST, grid)), grid
        ),
        "dates": [_date(mapped, highest) for mapped in dates],
        "landslides": {
            name: [_observation(row, labels, grid) for row in frame.itertuples()]
            for name, frame in histories.items()
        },
    }


def _date(mapped: MappedDate, highest: float) -> dict[str, Any]:
    probability = np.where(mapped.inside, mapped.probability, np.nan)
    return {
        "label": mapped.date,
        "mapped_by_hand": mapped.manual is not None,
        "image": photo(mapped.image),
        "probability": overlay(probability, 1.0, _PROBABILITY, _FADES_IN),
        "density": {
            name: {
                "picture": overlay(surface.values, highest, _DENSITY),
                "box": _box(surface.grid, mapped.grid),
            }
            for name, surface in mapped.densities.items()
        },
    }


def _box(inner: Grid, grid: Grid) -> list[float]:
    """(left, top, width, height) of a grid in another's pixels."""
    left, bottom, right, top = inner.bounds
    (x0, y0), (x1, y1) = (~grid.transform @ corner for corner in ((left, top), (right, bottom)))
    return [round(value, 2) for value in (x0, y0, x1 - x0, y1 - y0)]


def _observation(row: Any, dates: Sequence[str], grid: Grid) -> list[Any]:
    """[id, date, state, area in m², rings]; date and state by position."""
    return [
        int(row.landslide_id),
        dates.index(row.date),
        STATES.index(row.state),
        round(row.area_m2),
        rings_of(row.geometry, grid),
    ]


def rings_of(shape: shapely.Geometry | None, grid: Grid) -> list[list[int]]:
    """Rings as [x, y, step in x, step in y, …] in tenths of the grid's pixels, y downwards, the closing corner left out."""
    if shape is None:
        return []
    inverse = ~grid.transform
    simpler = shapely.simplify(shape, _SIMPLER_PX * grid.pixel_m)
    rings = []
    for ring in (ring for part in shapely.get_parts(simpler) for ring in shapely.get_rings(part)):
        x, y = shapely.get_coordinates(ring)[:-1].T
        places = np.rint(
            np.column_stack([inverse.a * x + inverse.c, inverse.e * y + inverse.f]) * _TENTHS
        ).astype(int)
        rings.append(
            [int(value) for value in np.diff(places, axis=0, prepend=np.zeros((1, 2), int)).ravel()]
        )
    return rings
