"""What an inventory tells about the ground of a target."""

from __future__ import annotations

import logging
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from slidelens.dataset.parts import UNKNOWN
from slidelens.dataset.prepared import Prepared, read_prepared
from slidelens.errors import InventoryError
from slidelens.geo.rasterise import rasterise
from slidelens.learning.audit.study_report import check_study
from slidelens.stages.prepare import prepare
from slidelens.study.opening import open_study
from slidelens.study.reading import RawData, RawDataReader
from support.studies import (
    BANDS,
    UTM,
    Date,
    area_grid,
    box,
    landslides,
    params_for,
    scene_grid,
    tree,
    write_shapes,
    write_study,
)

GRID = area_grid()
WEST_HALF = box(GRID, 0, 0, 96, 48)
NUMBER = 20
SHAPES = landslides(GRID, NUMBER, seed=0)  # of the first date that `write_study` writes


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_study(tmp_path / "raw", {"2013": Date(number=NUMBER)})
    return tmp_path / "raw"


def write_labels(
    root: Path, negatives: list[shapely.Polygon], mapped: list[shapely.Polygon]
) -> None:
    path = root / "inventories/2013.gpkg"
    path.unlink()
    classes = ["landslide"] * len(SHAPES) + ["not landslide"] * len(negatives)
    frame = gpd.GeoDataFrame({"class": classes}, geometry=[*SHAPES, *negatives], crs=UTM)
    frame.to_file(path, layer="landslides", engine="pyogrio")
    if mapped:
        write_shapes(path, mapped, layer="mapped")


def raw_data(root: Path) -> RawData:
    study = open_study(params_for(root, ["2013"]))
    assert study.problems == ()
    return RawDataReader(BANDS).read(study.targets[0])


def prepared(root: Path) -> Prepared:
    prepare(params_for(root, ["2013"]), root.parent / "prepared")
    return read_prepared(root.parent / "prepared/2013")


def test_outside_mapped_ground_labels_are_unknown(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_labels(root, [], [WEST_HALF])
    with caplog.at_level(logging.WARNING):
        ground = prepared(root)
    mapped = rasterise([WEST_HALF], scene_grid())
    assert ground.mapped is not None
    np.testing.assert_array_equal(ground.mapped, mapped)
    assert (ground.labels[~mapped] == UNKNOWN).all()
    inside = mapped & (ground.split_map > 0)
    known = ground.labels != UNKNOWN
    assert known[inside].mean() > 0.9  # but for landslides that cross into another part
    landslide = rasterise(SHAPES, scene_grid())
    np.testing.assert_array_equal(ground.labels[known] == 1, landslide[known])
    kept = sum(shape.intersects(WEST_HALF) for shape in SHAPES)
    assert ground.inventory is not None
    assert len(ground.inventory) == kept < NUMBER
    told = f"2013: {NUMBER - kept} landslides lie outside layer mapped of "
    assert any(line.startswith(told) for line in caplog.messages)


def test_negatives_are_known_bare_ground_outside_mapped_ground_too(root: Path) -> None:
    negative = box(GRID, 0, 90, 6, 6)
    write_labels(root, [negative], [WEST_HALF])
    raw = raw_data(root)
    assert raw.negatives == 1
    np.testing.assert_array_equal(raw.known, rasterise([WEST_HALF, negative], scene_grid()))
    labels = prepared(root).labels
    assert (labels[rasterise([negative], scene_grid())] == 0).all()


def test_negatives_alone_change_nothing_but_where_they_contradict_a_landslide(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    plain = prepared(root)
    before = tree(root.parent / "prepared")
    write_labels(root, [box(GRID, 0, 90, 6, 6)], [])
    prepared(root)
    assert tree(root.parent / "prepared") == before
    write_labels(root, [SHAPES[0].buffer(5)], [])
    with caplog.at_level(logging.WARNING):
        labels = prepared(root).labels
    doubtful = rasterise(SHAPES[:1], scene_grid())
    assert (labels[doubtful] == UNKNOWN).all()
    np.testing.assert_array_equal(labels[~doubtful], plain.labels[~doubtful])
    assert "both in a landslide and in a polygon of class 'not landslide'" in caplog.text


def test_mapped_ground_elsewhere_is_refused(root: Path) -> None:
    write_labels(root, [], [box(GRID, 500, 500, 9, 9)])
    with pytest.raises(InventoryError, match="mapped of .* does not reach the area of 2013"):
        raw_data(root)


def test_check_tells_how_much_is_mapped_and_how_many_negatives_there_are(root: Path) -> None:
    write_labels(root, [box(GRID, 0, 90, 6, 6)], [WEST_HALF])
    report = check_study(params_for(root, ["2013"]))
    assert report.problems == ()
    summary = next(target for target in report.targets if target.name == "2013").landslides
    # half of the area, and 36 of its 96 × 96 pixels
    assert summary.endswith("50.4 % of the area mapped, 1 polygon without landslide")
