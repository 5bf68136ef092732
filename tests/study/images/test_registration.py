"""`study.register`: dates are moved onto the reference date, and outlines onto their scenes."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from slidelens.dataset.parts import OUTSIDE
from slidelens.dataset.prepared import Prepared, read_prepared
from slidelens.learning.audit.study_report import check_study
from slidelens.params.schema import Params
from slidelens.stages.prepare import prepare
from slidelens.study.images.registration import reference_date
from slidelens.study.opening import open_study
from support.iburi import quick_params
from support.images.registration import shifted_ground
from support.studies import (
    NORTH,
    WEST,
    Date,
    grid_of,
    landslides,
    params_for,
    write_image,
    write_shapes,
    write_study,
)

DATES = ["2013", "2014", "2015"]
SIDE, AROUND = 384, 64
SHIFT = (0.7, -0.4)  # of 2014, pixels down and right
GRID = grid_of(SIDE, SIDE, west=WEST - 640, north=NORTH + 640)
AREA = grid_of(SIDE - 2 * AROUND, SIDE - 2 * AROUND)


def scene(shift: tuple[float, float], seed: int) -> Any:
    noise = np.random.default_rng(seed).normal(0, 10, (SIDE, SIDE, 3))
    return (shifted_ground(SIDE, *shift) + noise).astype(np.uint16)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Write dates of one ground, with few landslides; the scene of 2014 is shifted."""
    write_study(tmp_path / "raw", {date: Date() for date in DATES})
    for seed, date in enumerate(DATES):
        shift = SHIFT if date == "2014" else (0.0, 0.0)
        write_image(tmp_path / f"raw/scenes/{date}.tif", GRID, scene(shift, seed))
        write_shapes(tmp_path / f"raw/inventories/{date}.gpkg", landslides(AREA, 12, seed=seed))
    write_shapes(tmp_path / "raw/aoi.gpkg", [shapely.box(*AREA.bounds)], layer="aoi")
    return tmp_path / "raw"


def params_of(root: Path, **changes: Any) -> Params:
    return params_for(
        root, DATES, **{"split__block_m": 640, "study__register": "translation"} | changes
    )


def prepared(params: Params, folder: Path) -> dict[str, Prepared]:
    prepare(params, folder)
    return {date: read_prepared(folder / date) for date in params.dates}


def apart(first: Prepared, second: Prepared) -> float:
    """Return the root mean square difference of two scenes in the area."""
    inside = (first.split_map != OUTSIDE) & first.scene.valid & second.scene.valid
    difference = first.scene.pixels[inside] - second.scene.pixels[inside]
    return float(np.sqrt(np.mean(difference**2)))


@pytest.mark.long
def test_a_shifted_date_comes_onto_the_reference(
    root: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        dates = prepared(params_of(root), tmp_path / "registered")
    registration = dates["2014"].registration
    assert registration is not None
    assert registration["reference"] == "2013"
    found = registration["scene"]
    assert (found["down_px"], found["right_px"]) == pytest.approx(SHIFT, abs=0.1)
    assert any(line.startswith("2014: its scene lay 0.") for line in caplog.messages)
    plain = prepared(params_of(root, study__register="none"), tmp_path / "plain")
    assert apart(dates["2014"], dates["2013"]) < 0.3 * apart(plain["2014"], plain["2013"])
    again = check_study(params_of(root)).notes
    assert not [note for note in again if "the scene of" in note]
    # What lies right stays as it is, bit for bit.
    for date in ("2013", "2015"):
        assert np.array_equal(dates[date].scene.pixels, plain[date].scene.pixels)


def test_the_outlines_move_with_their_scene(root: Path, tmp_path: Path) -> None:
    dates = prepared(params_of(root), tmp_path / "registered")
    plain = prepared(params_of(root, study__register="none"), tmp_path / "plain")
    registration = dates["2014"].registration
    assert registration is not None
    assert registration["inventory"] is None
    before, after = plain["2014"].inventory, dates["2014"].inventory
    assert before is not None
    assert after is not None
    one, other = before.geometry.iloc[0].centroid, after.geometry.iloc[0].centroid
    moved_m = (other.x - one.x, other.y - one.y)
    assert moved_m == pytest.approx((-SHIFT[1] * 10, SHIFT[0] * 10), abs=1)


def test_what_is_not_registered_keeps_its_files(root: Path, tmp_path: Path) -> None:
    prepared(params_of(root, study__register="none"), tmp_path / "plain")
    assert "registration" not in json.loads((tmp_path / "plain/2014/statistics.json").read_text())


def test_check_says_what_is_shifted_and_how_to_mend_it(root: Path) -> None:
    (note,) = (
        note
        for note in check_study(params_of(root, study__register="none")).notes
        if "the scene of" in note
    )
    assert note.startswith("the scene of 2014 lies 0.")
    assert "px south and 0." in note
    assert "px west (90 % interval" in note
    assert "set study.register to translation" in note


def test_the_pixels_of_a_mosaic_are_not_moved(root: Path) -> None:
    (problem,) = (
        problem
        for problem in open_study(params_of(root, study__tile_px=64)).problems
        if "study.register" in problem
    )
    assert problem.endswith("set it to none")


def test_the_reference_is_set_or_trained_on_or_first(root: Path) -> None:
    assert reference_date(params_of(root)) == "2013"
    assert reference_date(params_of(root, study__reference="2015")) == "2015"
    assert reference_date(params_of(root, split__dates=["2014", "2015"])) == "2014"
    of_2015 = {"scene": "scenes/2015.tif", "inventory": "inventories/2015.gpkg"}
    assert reference_date(params_of(root, study__pretrain=of_2015)) == "2015"


def test_iburi_lies_half_a_pixel_off(real_data: Path) -> None:
    """Its masks were registered onto the scene to about a pixel."""
    notes = check_study(quick_params(real_data / "iburi")).notes
    (outlines,) = (note for note in notes if note.startswith("the outlines of pretrain"))
    assert "px south and" in outlines
    assert "px east" in outlines
    (scene_note,) = (note for note in notes if note.startswith("the scene of pre "))
    assert "px east" in scene_note
    assert "of that of post" in scene_note


@pytest.mark.long
def test_iburi_is_registered(real_data: Path, tmp_path: Path) -> None:
    params = quick_params(real_data / "iburi")
    study = params.study.model_copy(update={"registration": "translation"})
    dates = prepared(params.model_copy(update={"study": study}), tmp_path / "registered")
    registration = dates["post"].registration
    assert registration is not None
    found = registration["inventory"]
    length = np.hypot(found["down_px"], found["right_px"])
    assert 0.35 < length < 0.65
    assert found["corrected"]
    inventory = dates["post"].inventory
    assert isinstance(inventory, gpd.GeoDataFrame)
