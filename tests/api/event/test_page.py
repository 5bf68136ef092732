"""The report of one page about an event."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from PIL import Image

from slidelens.api.event import figures
from slidelens.api.event.figures import draw_scene
from slidelens.api.event.page import MOST_BYTES, write_page
from slidelens.api.event.values import EventValues, Surface
from slidelens.geo.rasters.scene import Scene
from slidelens.report.figures.style import FigureWriter
from slidelens.types import Float32
from support.studies import BANDS, box, grid_of

GRID = grid_of(800, 640)
SMALL = grid_of(100, 80, 80.0)


def values_of(number: int = 12, noise: bool = False) -> EventValues:
    random = np.random.default_rng(0)
    shapes = [box(GRID, 20 + 50 * i, 30 + 10 * i, 10 + i, 12) for i in range(number)][::-1]
    frame = gpd.GeoDataFrame(
        {"id": range(1, number + 1), "mean_probability": np.linspace(0.5, 0.9, number)},
        geometry=shapes,
        crs=GRID.crs,
    )
    grid = GRID if noise else SMALL
    pixels: Float32 = random.integers(0, 255, (*grid.shape, 3)).astype(np.float32)
    return EventValues(
        scene="scene.tif",
        date=None,
        grid=GRID,
        picture=Scene(grid, BANDS, pixels, np.ones(grid.shape, bool)),
        probability=random.random(grid.shape, np.float32),
        landslides=frame,
        mapped_km2=51.2,
        threshold=0.5,
        threshold_origin="that of the weights",
        density=Surface(random.random(SMALL.shape, np.float32), SMALL, 800.0),
        no_density=None,
        facts={"weights": "a.weights.h5"},
    )


def test_the_largest_are_listed_with_coordinates(tmp_path: Path) -> None:
    values = values_of()
    write_page(values, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    rows = re.findall(r"<tr><td class=\"number\">(.*?)</td></tr>", page)
    cells = [row.split('</td><td class="number">') for row in rows]
    assert [row[0] for row in cells] == [str(i) for i in range(1, 11)]
    assert cells[0][1] == f"{values.landslides.area.max():,.0f}"
    place = values.landslides.to_crs(4326).representative_point().iloc[0]
    assert (float(cells[0][2]), float(cells[0][3])) == pytest.approx((place.y, place.x), abs=1e-5)
    weights = values.landslides.area
    mean = np.average(values.landslides["mean_probability"], weights=weights)
    assert f"the mean probability is {mean:.2f}" in page
    assert "date unknown" in page


def test_the_files_beside_the_page_are_those_of_the_format(tmp_path: Path) -> None:
    def told(values: EventValues) -> str:
        write_page(values, tmp_path / "report.html")
        page = (tmp_path / "report.html").read_text(encoding="utf-8")
        return page.split("Beside this page: ")[1].split(".</p>")[0]

    assert "inventory.gpkg (all" in told(values_of())
    assert told(values_of()).endswith(" and density.tif")
    parquet = told(replace(values_of(), format="parquet", density=None))
    assert parquet == (
        "probability.tif (0–255 for 0–1), inventory.parquet (all landslides with their attributes)"
        " and mapped.parquet (the mapped ground)"
    )


def test_the_same_values_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_page(values_of(), tmp_path / f"{name}.html")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


@pytest.mark.long
def test_the_page_stays_small_whatever_the_scene_looks_like(tmp_path: Path) -> None:
    write_page(values_of(noise=True), tmp_path / "report.html")
    assert (tmp_path / "report.html").stat().st_size < MOST_BYTES


def test_text_from_outside_is_text(tmp_path: Path) -> None:
    hostile = "<script>x()</script> $title \" onload='y' https://me:secret@h.org/a"
    values = replace(
        values_of(), scene=hostile, date=hostile, facts={hostile: hostile}, notes=(hostile,)
    )
    write_page(values, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert " onload='" not in page
    assert "secret" not in page
    assert page.count("$title") >= 4
    assert page.count("default-src 'none'") == 1


@pytest.mark.parametrize("side_m", [1000.0, 20.0])
def test_outlines_have_a_dark_casing_below(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, side_m: float
) -> None:
    drawn: list[tuple[str, float]] = []
    monkeypatch.setattr(
        figures, "draw_outlines", lambda axes, shapes, colour, width: drawn.append((colour, width))
    )
    values = values_of()
    small = values.landslides.set_geometry(values.landslides.centroid.buffer(side_m / 2))
    draw_scene(FigureWriter(tmp_path), replace(values, landslides=small))
    (casing, wide), (colour, width) = drawn
    assert (casing, colour) == ("0.1", figures.OUTLINE)
    assert wide > width


def test_figures_are_of_bounded_size(tmp_path: Path) -> None:
    tall = grid_of(20_000, 500)
    values = replace(values_of(), grid=tall, picture=values_of().picture)
    draw_scene(FigureWriter(tmp_path), values)
    with Image.open(tmp_path / "scene.png") as picture:
        assert max(picture.size) <= 2000


def test_a_map_is_two_pages_on_paper_with_its_maps_on_the_first(
    browser: Any, tmp_path: Path
) -> None:
    facts = {f"fact {i}": "value" for i in range(11)}
    write_page(replace(values_of(), simulated=True, facts=facts), tmp_path / "report.html")
    page = browser.new_page(viewport={"width": 687, "height": 1000})
    page.goto((tmp_path / "report.html").as_uri())
    pdf = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type /Page\b", pdf)) == 2
    page.emulate_media(media="print")
    density = page.locator("#figure-density").bounding_box()
    assert density["y"] + density["height"] <= (297 - 14 - 16) / 25.4 * 96
    page.close()
