from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from affine import Affine
from rasterio.crs import CRS

from slidelens.commands import compare
from slidelens.errors import InventoryError, ParamsError
from slidelens.geo.grid import Grid
from slidelens.geo.vector import read_inventory, write_inventory
from slidelens.layers.probability import write_probability
from slidelens.layers.surface import write_surface
from support.workshop import Workshop

Capture = pytest.CaptureFixture[str]


def frame_of(*shapes: shapely.Geometry, epsg: int = 32645) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(shapes), crs=32645).to_crs(epsg)


def square(x: float, y: float, side_m: float = 100.0) -> shapely.Polygon:
    """A landslide whose lower left corner lies x, y metres into the Mailung area."""
    return shapely.box(325_000 + x, 3_110_000 + y, 325_000 + x + side_m, 3_110_000 + y + side_m)


# One match of IoU 0.8 (100 × 80 m of 100 × 100 m), one miss, one false alarm
HIT, MISS, ALARM = square(0, 0), square(500, 0), square(0, 500)
PART = shapely.box(325_000, 3_110_000, 325_080, 3_110_100)
OBSERVED, PREDICTED = frame_of(HIT, MISS), frame_of(PART, ALARM)


def saved(folder: Path, name: str, frame: gpd.GeoDataFrame) -> Path:
    write_inventory(frame, folder / name)
    return folder / name


def run(
    capsys: Capture,
    folder: Path,
    observed: gpd.GeoDataFrame,
    predicted: gpd.GeoDataFrame,
    *arguments: object,
) -> dict[str, Any]:
    parser = argparse.ArgumentParser()
    compare.add_parser(parser.add_subparsers())
    paths = saved(folder, "observed.gpkg", observed), saved(folder, "predicted.gpkg", predicted)
    parsed = parser.parse_args(
        ["compare", *map(str, paths), "--bootstrap", "20", *map(str, arguments)]
    )
    assert parsed.run(parsed) == 0
    return json.loads(capsys.readouterr().out)


def test_all_measures_by_hand(tmp_path: Path, capsys: Capture) -> None:
    found = run(capsys, tmp_path, OBSERVED, PREDICTED)
    # Ground: 8 000 m² common, 20 000 observed, 18 000 predicted, 30 000 in all
    assert found["area"] == {
        "precision": pytest.approx(8 / 18),
        "recall": 0.4,
        "f1": pytest.approx(16 / 38),
        "iou": pytest.approx(8 / 30),
        "both_m2": 8000,
    }
    assert found["mapping_error"] == pytest.approx(22 / 30)
    assert {name: found["pixel"][name] for name in ("precision", "recall", "f1", "iou")} == {
        name: pytest.approx(found["area"][name]) for name in ("precision", "recall", "f1", "iou")
    }
    assert found["pixel"]["true_positive"] == 8000 / 25
    assert (
        found["object"]["precision"],
        found["object"]["recall"],
        found["object"]["f1"],
        found["object"]["pq"],
    ) == (
        0.5,
        0.5,
        0.5,
        pytest.approx(0.4),
    )
    assert found["count"] == {"observed": 2, "predicted": 2}
    assert found["area_m2"] == {"observed": 20_000, "predicted": 18_000}
    assert found["why_null"] is None
    (only,) = found["completeness_by_size"]
    assert (only["from_m2"], only["landslides"], only["matched"], only["covered_share"]) == (
        10_000,
        2,
        1,
        pytest.approx(0.4),
    )
    assert found["density"]["mean_per_km2"] == {
        "observed": pytest.approx(2 / 0.36),
        "predicted": pytest.approx(2 / 0.36),
    }


def test_the_map_holds_hits_misses_and_false_alarms(tmp_path: Path, capsys: Capture) -> None:
    run(capsys, tmp_path, OBSERVED, PREDICTED, "-o", tmp_path / "map.gpkg")
    layer = read_inventory(tmp_path / "map.gpkg", "agreement")
    assert layer.groupby("kind").area_m2.sum().to_dict() == {
        "hit": 8000,
        "miss": 12_000,
        "false alarm": 10_000,
    }
    assert np.allclose(layer.area_m2, layer.area)
    sides = {
        name: read_inventory(tmp_path / "map.gpkg", name) for name in ("observed", "predicted")
    }
    assert sides["observed"][["matched", "match_id"]].to_numpy().tolist() == [
        [True, 0],
        [False, -1],
    ]
    assert sides["predicted"].iou.tolist() == [pytest.approx(0.8), 0.0]
    assert sides["predicted"].covered_share.tolist() == [1.0, 0.0]


def test_an_inventory_agrees_with_itself(tmp_path: Path, capsys: Capture) -> None:
    found = run(capsys, tmp_path, OBSERVED, OBSERVED)
    for kind in ("pixel", "area", "object"):
        assert found[kind]["f1"] == pytest.approx(1)
    assert (found["mapping_error"], found["object"]["pq"], found["sizes"]["ks"]) == (
        pytest.approx(0),
        pytest.approx(1),
        0,
    )
    assert found["density"]["largest_difference_per_km2"] == 0


def test_what_is_symmetric_is_symmetric(tmp_path: Path, capsys: Capture) -> None:
    there, back = (
        run(capsys, tmp_path, OBSERVED, PREDICTED),
        run(capsys, tmp_path, PREDICTED, OBSERVED),
    )
    assert there["mapping_error"] == pytest.approx(back["mapping_error"])
    for kind in ("pixel", "area", "object"):
        assert (there[kind]["f1"], there[kind]["precision"]) == (
            pytest.approx(back[kind]["f1"]),
            pytest.approx(back[kind]["recall"]),
        )
    assert (there["object"]["pq"], there["sizes"]["ks"]) == (
        pytest.approx(back["object"]["pq"]),
        back["sizes"]["ks"],
    )
    assert there["completeness_by_size"] == back["correctness_by_size"]


def test_another_crs_is_brought_over_and_said(
    tmp_path: Path, capsys: Capture, caplog: pytest.LogCaptureFixture
) -> None:
    found = run(capsys, tmp_path, OBSERVED, PREDICTED.to_crs(4326))
    assert found["object"]["pq"] == pytest.approx(0.4, abs=1e-4)
    assert found["crs"] == "EPSG:32645"
    assert "predicted.gpkg: brought from EPSG:4326 into EPSG:32645" in caplog.messages


def test_geographic_coordinates_are_compared_in_metres(tmp_path: Path, capsys: Capture) -> None:
    found = run(capsys, tmp_path, OBSERVED.to_crs(4326), PREDICTED.to_crs(4326))
    assert found["area_m2"]["observed"] == pytest.approx(20_000, rel=1e-4)


def test_an_area_cuts_both(
    tmp_path: Path, capsys: Capture, caplog: pytest.LogCaptureFixture
) -> None:
    # 50 m of the hit remain on either side, so that they are equal; the miss and the false alarm lie outside
    area = saved(
        tmp_path, "aoi.gpkg", frame_of(shapely.box(325_000, 3_110_000, 325_050, 3_110_400))
    )
    found = run(capsys, tmp_path, OBSERVED, PREDICTED, "--aoi", area)
    assert found["count"] == {"observed": 1, "predicted": 1}
    assert found["area_m2"] == {"observed": 5000, "predicted": 5000}
    assert found["object"]["pq"] == 1
    assert found["pixel"]["true_negative"] == (20_000 - 5000) / 25
    assert found["compared"] == "aoi.gpkg"
    assert (
        "observed.gpkg: 1 of 2 landslides lie outside the area and are left out" in caplog.messages
    )


def test_nothing_observed_has_no_score_and_says_why(tmp_path: Path, capsys: Capture) -> None:
    found = run(capsys, tmp_path, OBSERVED.iloc[:0], PREDICTED)
    assert [found[kind]["f1"] for kind in ("pixel", "area", "object")] == [None, None, None]
    assert (found["object"]["pq"], found["mapping_error"], found["why_null"]) == (
        None,
        1,
        "no landslide in the area",
    )
    assert (found["sizes"]["p"], found["completeness_by_size"]) == (None, [])


def test_nothing_predicted_is_an_f1_of_0(tmp_path: Path, capsys: Capture) -> None:
    found = run(capsys, tmp_path, OBSERVED, PREDICTED.iloc[:0], "-o", tmp_path / "map.gpkg")
    assert [found[kind]["f1"] for kind in ("pixel", "area", "object")] == [0, 0, 0]
    assert found["why_null"] == "no landslide predicted in the area"
    assert set(read_inventory(tmp_path / "map.gpkg", "agreement").kind) == {"miss"}


def test_two_empty_inventories_need_an_area(tmp_path: Path, capsys: Capture) -> None:
    empty = OBSERVED.iloc[:0]
    with pytest.raises(
        InventoryError, match=r"have no landslide, and so no extent; name the ground with --aoi"
    ):
        run(capsys, tmp_path, empty, empty)
    area = saved(tmp_path, "aoi.gpkg", frame_of(square(0, 0, 1000)))
    found = run(capsys, tmp_path, empty, empty, "--aoi", area, "-o", tmp_path / "map.gpkg")
    assert (found["pixel"]["f1"], found["mapping_error"], found["pixel"]["true_negative"]) == (
        None,
        None,
        40_000,
    )
    assert len(read_inventory(tmp_path / "map.gpkg", "agreement")) == 0


def test_duplicate_nested_and_overlapping_polygons_are_one_ground(
    tmp_path: Path, capsys: Capture, caplog: pytest.LogCaptureFixture
) -> None:
    # Twice the hit, a 50 m square within it, and one that overlaps it by half: 10 000 + 5 000 m² of ground
    many = frame_of(HIT, HIT, square(20, 20, 50), square(50, 0))
    found = run(capsys, tmp_path, many, frame_of(HIT))
    assert found["area_m2"] == {"observed": 15_000, "predicted": 10_000}
    assert found["count"] == {"observed": 4, "predicted": 1}
    assert found["object"]["recall"] == 0.25
    assert (
        "observed.gpkg: polygons overlap on 17500 m²; as ground it counts once, as landslides each counts"
        in caplog.messages
    )


def test_invalid_multipart_and_sliver_polygons(tmp_path: Path, capsys: Capture) -> None:
    x, y = 325_000, 3_110_000
    bowtie = shapely.Polygon([(x, y), (x + 100, y + 100), (x + 100, y), (x, y + 100)])
    both = shapely.MultiPolygon([square(300, 0), square(450, 0)])
    sliver = shapely.box(x, y + 300, x + 400, y + 300.001)
    found = run(
        capsys,
        tmp_path,
        frame_of(bowtie, both, sliver),
        frame_of(bowtie, both),
        "-o",
        tmp_path / "map.gpkg",
    )
    assert found["area_m2"]["predicted"] == pytest.approx(5000 + 20_000)
    assert (found["object"]["true_positive"], found["object"]["false_negative"]) == (2, 1)


def test_order_and_place_make_no_difference(tmp_path: Path, capsys: Capture) -> None:
    random = np.random.default_rng(0)
    many = frame_of(
        *[
            square(x, y, side)
            for x, y, side in random.uniform((0, 0, 20), (2000, 2000, 120), (40, 3))
        ]
    )
    others = many.translate(15, -10).to_frame("geometry")
    moved = [
        frame.iloc[::-1].translate(5000, 10_000).to_frame("geometry") for frame in (many, others)
    ]
    one, other = run(capsys, tmp_path, many, others), run(capsys, tmp_path, *moved)
    for name in ("mapping_error", "count", "area_m2", "object", "fragmentation", "pixel"):
        assert one[name] == pytest.approx(other[name])


# A landslide of 30 × 120 m, mapped in an upper and a lower piece 20 m apart; another beside it, 20 m to the east, in one
WHOLE, BESIDE = (shapely.box(325_000 + x, 3_110_000, 325_030 + x, 3_110_120) for x in (0, 50))
UPPER, LOWER = (shapely.box(325_000, 3_110_000 + y, 325_030, 3_110_050 + y) for y in (70, 0))
AROUND = Grid(CRS.from_epsg(32645), Affine(10, 0, 324_900, 0, -10, 3_110_300), 40, 40)


def heights(folder: Path) -> Path:
    """Ground that falls to the south, 5 m in 10 m."""
    south = np.repeat(np.arange(200, 0, -5, dtype=np.float32)[:, None], 40, axis=1)
    write_surface(folder / "dem.tif", south, AROUND, "m", "elevation")
    return folder / "dem.tif"


def test_pieces_are_joined_first_where_that_is_asked_for(tmp_path: Path, capsys: Capture) -> None:
    observed, predicted = frame_of(WHOLE, BESIDE), frame_of(UPPER, LOWER, BESIDE)
    plain = run(capsys, tmp_path, observed, predicted)
    assert plain["count"]["predicted"] == 3
    assert "fragments" not in plain
    for arguments in (["--merge"], ["--merge", "--dem", heights(tmp_path)]):
        found = run(capsys, tmp_path, observed, predicted, *arguments)
        assert found["count"] == {"observed": 2, "predicted": 2}
        assert (
            found["fragments"]["raw"],
            found["fragments"]["merged"],
            found["fragments"]["manual"],
        ) == (3, 2, 2)
        assert (
            found["fragments"]["raw_pieces_per_landslide"],
            found["fragments"]["merged_pieces_per_landslide"],
        ) == (1.5, 1)
        # 3 000 of 3 600 m² and all of the other
        assert found["object"]["pq"] == pytest.approx((3000 / 3600 + 1) / 2)
        assert found["pixel"] == plain["pixel"]


def test_the_probability_between_has_a_say(tmp_path: Path, capsys: Capture) -> None:
    observed, predicted = frame_of(WHOLE), frame_of(UPPER, LOWER)
    counts = {}
    for between in (0.02, 0.4):
        write_probability(
            np.full(AROUND.shape, between, np.float32),
            np.ones(AROUND.shape, bool),
            AROUND,
            tmp_path / "p.tif",
        )
        options = (
            "--merge",
            "--dem",
            heights(tmp_path),
            "--probability",
            tmp_path / "p.tif",
            "--threshold",
            0.5,
        )
        counts[between] = run(capsys, tmp_path, observed, predicted, *options)["count"]["predicted"]
    assert counts == {0.02: 2, 0.4: 1}


def test_options_of_joining_that_make_no_sense_are_refused(tmp_path: Path, capsys: Capture) -> None:
    write_probability(
        np.zeros(AROUND.shape, np.float32), np.ones(AROUND.shape, bool), AROUND, tmp_path / "p.tif"
    )
    for options, says in (
        (["--threshold", 0.5], "--threshold has no use without --merge; give both"),
        (["--merge", "--probability", tmp_path / "p.tif"], "--probability needs the threshold"),
        (["--merge", "--threshold", 2], "--threshold is 2; give a probability between 0 and 1"),
        (["--merge", "--max-gap-m", -1], "max_gap_m is -1; give 0 or more"),
        (
            ["--merge", "--dem", heights(tmp_path), "--pixel-m", 1e-3],
            r"pixels of 0\.001 m make .* of them over the pieces",
        ),
    ):
        with pytest.raises(ParamsError, match=says):
            run(capsys, tmp_path, OBSERVED, PREDICTED, *options)


def test_bad_input_is_refused(tmp_path: Path, capsys: Capture) -> None:
    far = frame_of(square(200_000, 0))
    with pytest.raises(
        InventoryError,
        match=r"observed\.gpkg and predicted\.gpkg lie 199 km apart; check their CRSs",
    ):
        run(capsys, tmp_path, OBSERVED, far)
    with pytest.raises(ParamsError, match=r"the pixel is 0 m; give one over 0 m"):
        run(capsys, tmp_path, OBSERVED, PREDICTED, "--pixel-m", 0)
    with pytest.raises(ParamsError, match=r"pixels of 0\.001 m make 3\.6e\+11 of them"):
        run(capsys, tmp_path, OBSERVED, PREDICTED, "--pixel-m", 0.001)
    with pytest.raises(ParamsError, match=r"--min-iou is 1\.5; give a share over 0"):
        run(capsys, tmp_path, OBSERVED, PREDICTED, "--min-iou", 1.5)
    with pytest.raises(ParamsError, match=r"--bootstrap is -2; give 0 or more"):
        run(capsys, tmp_path, OBSERVED, PREDICTED, "--bootstrap", -2)


def test_real_inventories(real_data: Path, tmp_path: Path, capsys: Capture) -> None:
    folder = real_data / "inventories" / "nepal"
    found = run(
        capsys, tmp_path, read_inventory(folder / "2015.gpkg"), read_inventory(folder / "2016.gpkg")
    )
    # The authors' 2016 is "2016 minus 2015": next to nothing in common
    assert found["count"] == {"observed": 98, "predicted": 28}
    assert found["mapping_error"] > 0.99


def revised(capsys: Capture, *arguments: str) -> dict[str, Any]:
    parser = argparse.ArgumentParser()
    compare.add_parser(parser.add_subparsers())
    parsed = parser.parse_args(["compare", *arguments, "--bootstrap", "0"])
    assert parsed.run(parsed) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def replace(path: Path, inventory: gpd.GeoDataFrame) -> None:
    path.unlink()  # a link to DVC's cache, perhaps
    write_inventory(inventory, path)


def test_a_date_of_two_revisions(
    finished: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """What was committed against another inventory in the working folder, and against itself."""
    shop, date = finished.copy(tmp_path / "shop"), "2015"
    path = shop.folder / f"data/maps/{date}/inventory.gpkg"
    replace(path, OBSERVED)  # the tiny network may have found nothing
    shop.run("dvc", "commit", "-f", f"evaluate@{date}")
    shop.commit("two landslides")
    monkeypatch.chdir(shop.folder)
    same = revised(capsys, date, "--rev", "HEAD", "--rev", "main")
    assert same["mapping_error"] == 0
    assert same["inventories"] == {
        "observed": f"{date} of HEAD",
        "predicted": f"{date} of main",
    }
    replace(path, frame_of(PART))
    changed = revised(capsys, date, "--rev", "HEAD")
    assert changed["count"] == {"observed": 2, "predicted": 1}
    assert changed["area_m2"] == {
        "observed": pytest.approx(20_000),
        "predicted": pytest.approx(8_000),
    }
    with pytest.raises(
        InventoryError,
        match=rf"no data/maps/{date}/inventory.gpkg in none: .*none.*; see `dvc exp list` for the names",
    ):
        revised(capsys, date, "--rev", "none")
    with pytest.raises(
        InventoryError,
        match=r"there is no data/maps/2020/inventory.gpkg in .*; run `dvc repro`, or `dvc checkout`",
    ):
        revised(capsys, "2020", "--rev", "workspace")
    with pytest.raises(
        ParamsError,
        match="--rev is given 3 times; give one to compare with the working folder, or two",
    ):
        revised(capsys, date, "--rev", "HEAD", "--rev", "main", "--rev", "main")


@pytest.mark.parametrize("arguments", [["2015"], ["a.gpkg", "b.gpkg", "--rev", "HEAD"]])
def test_neither_two_inventories_nor_a_date_and_a_revision(
    arguments: list[str], capsys: Capture
) -> None:
    with pytest.raises(
        ParamsError, match="give two inventories, or a date and --rev with an experiment or commit"
    ):
        revised(capsys, *arguments)
