"""Views of a valley at its dates."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from affine import Affine
from rasterio.crs import CRS

from slidelens.demo.imaging.view import Landscape, Landslide, View, observe_view
from slidelens.demo.land_cover.cover import grow_cover
from slidelens.demo.landslides.body import to_pixels
from slidelens.demo.landslides.history import Event
from slidelens.demo.landslides.placement import place_landslides
from slidelens.demo.landslides.scars import draw_scar
from slidelens.demo.landslides.truth import Row
from slidelens.demo.params import DateParams, LandslideParams, TerrainParams
from slidelens.demo.relief.terrain import build_terrain
from slidelens.geo.grid import Grid

SHAPE = (160, 160)
HISTORY = (Event("2015", "new", 1.0, 1.0), Event("2016", "healed", 0.0, 0.25))
PARAMS = LandslideParams(missed_share=0.0, outline_error_m=0.0)


@pytest.fixture(scope="module")
def landscape() -> Landscape:
    """A valley with one landslide of 4000 m², new in 2015 and healed in 2016."""
    rng = np.random.default_rng(8)
    grid = Grid(CRS.from_epsg(32645), Affine(5, 0, 322_000, 0, -5, 3_113_000), *SHAPE)
    terrain = build_terrain(SHAPE, 5.0, TerrainParams(), rng)
    cover = grow_cover(terrain, rng)
    allowed = np.zeros(SHAPE, bool)
    allowed[10:-10, 10:-10] = True
    chance, far = allowed.astype(np.float32), np.full(SHAPE, 99, np.float32)
    (body,) = place_landslides(np.array([4000.0]), terrain, chance, far, allowed, rng)
    return Landscape(
        grid, terrain, cover, [Landslide(draw_scar(body, rng), HISTORY)], ("2014", "2015", "2016")
    )


def view(landscape: Landscape, date: str) -> tuple[View, list[Row]]:
    acquired = datetime(2015, 11, 5, 4, 50, tzinfo=UTC)
    values = DateParams(acquired=acquired, landslides=1, snow_line_m=9000.0)
    return observe_view(landscape, date, values, PARAMS, np.random.default_rng(0))


def test_rows_begin_with_the_first_event(landscape: Landscape) -> None:
    rows = {date: view(landscape, date)[1] for date in landscape.dates}
    assert [(row["landslide_id"], row["state"]) for row in rows["2015"]] == [(1, "new")]
    assert [row["state"] for row in rows["2016"]] == ["healed"]
    assert rows["2014"] == []


def test_only_bare_landslides_are_drawn(landscape: Landscape) -> None:
    counts = {date: len(view(landscape, date)[0].inventory) for date in landscape.dates}
    assert counts == {"2014": 0, "2015": 1, "2016": 0}


def test_a_landslide_is_bright_in_red_and_visible_after_healing(
    landscape: Landscape,
) -> None:
    """Red is band 2; elsewhere the images of one sun, crop year and noise are the same."""
    body = landscape.landslides[0].scar.body
    window = (body.rows, body.columns)
    before, bare, healed = (
        view(landscape, date)[0].image[2].astype(float) for date in landscape.dates
    )
    ground = to_pixels(body.open_ground(body.area_m2)) > 0.9
    assert bare[window][ground].mean() > before[window][ground].mean() + 100
    assert not np.array_equal(healed[window], before[window])
    outside = np.ones(SHAPE, bool)
    outside[body.rows.start - 9 : body.rows.stop + 9] = False
    assert np.array_equal(bare[outside], before[outside])
