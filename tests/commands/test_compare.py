"""`slidelens compare` as a user would run it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from slidelens import cli
from slidelens.api.comparison.compare import compare
from slidelens.errors import OutputError
from slidelens.geo.vectors.inventory import read_inventory
from support import commands
from support.inventories.comparison import (
    BESIDE,
    LOWER,
    OBSERVED,
    PREDICTED,
    UPPER,
    WHOLE,
    frame_of,
    rectangle,
    saved,
    square,
    write_even_probability,
    write_slope,
)

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    return [
        saved(tmp_path, "observed.gpkg", OBSERVED),
        saved(tmp_path, "predicted.gpkg", PREDICTED),
    ]


@pytest.fixture
def fragmented(tmp_path: Path) -> list[Path]:
    return [
        saved(tmp_path, "observed.gpkg", frame_of(WHOLE, BESIDE)),
        saved(tmp_path, "predicted.gpkg", frame_of(UPPER, LOWER, BESIDE)),
    ]


def run(capsys: Capture, *arguments: object) -> dict[str, Any]:
    words = ["compare", *arguments, "--bootstrap", 20]
    printed: dict[str, Any] = commands.printed_json(capsys, *words)
    return printed


def test_a_terminal_shows_a_table_beside_the_json(
    files: list[Path], capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.main(["compare", *map(str, files), "--bootstrap", "0"]) == 0
    assert "recall" not in capsys.readouterr().err
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "dumb")  # without colours
    assert cli.main(["compare", *map(str, files), "--bootstrap", "0"]) == 0
    captured = capsys.readouterr()
    scores = json.loads(captured.out)
    heading, *rows = [line.split() for line in captured.err.splitlines()[-4:]]
    assert heading == ["precision", "recall", "f1", "iou"]
    assert [row[0] for row in rows] == ["pixel", "area", "object"]
    assert rows[0][1:] == [f"{scores['pixel'][name]:.3f}" for name in heading]
    assert rows[2][-1] == "–"


def refusal(capsys: Capture, *arguments: object) -> str:
    return commands.refusal(capsys, "compare", *arguments)


def test_the_json_is_that_of_the_api(files: list[Path], capsys: Capture) -> None:
    printed = run(capsys, *files)
    assert printed == json.loads(json.dumps(compare(*files, bootstrap=20).to_dict()))
    assert printed["area"]["recall"] == 0.4
    assert printed["crs"] == "EPSG:32645"
    assert printed["inventories"] == {"observed": "observed", "predicted": "predicted"}
    assert printed["compared"] == "bounding box of both inventories"
    assert list(printed) == [
        "pixel",
        "area",
        "object",
        "mapping_error",
        "why_null",
        "count",
        "area_m2",
        "density",
        "fragmentation",
        "completeness_by_size",
        "correctness_by_size",
        "sizes",
        "crs",
        "compared",
        "inventories",
    ]


def test_the_options_arrive(files: list[Path], tmp_path: Path, capsys: Capture) -> None:
    area = saved(tmp_path, "aoi.gpkg", frame_of(rectangle(0, 0, 50, 400)))
    printed = run(capsys, *files, "--aoi", area, "--pixel-m", 10, "--min-iou", 0.9)
    # 50 m of the hit remain on either side, so that they are equal
    assert printed["object"]["pq"] == 1
    assert printed["object"]["min_iou"] == 0.9
    assert printed["pixel"]["pixel_m"] == 10
    assert printed["pixel"]["true_negative"] == (20_000 - 5000) / 100
    assert printed["compared"] == "aoi.gpkg"


def test_a_map_is_written(files: list[Path], tmp_path: Path, capsys: Capture) -> None:
    run(capsys, *files, "-o", tmp_path / "map.gpkg")
    layer = read_inventory(tmp_path / "map.gpkg", "agreement")
    assert layer.groupby("kind").area_m2.sum().to_dict() == {
        "hit": 8000,
        "miss": 12_000,
        "false alarm": 10_000,
    }


def test_a_map_is_called_a_geopackage(files: list[Path], tmp_path: Path, capsys: Capture) -> None:
    line = refusal(capsys, *files, "-o", tmp_path / "man2.shp")
    assert line.endswith("man2.gpkg")
    with pytest.raises(OutputError, match=r"out\.txt would hold a GeoPackage"):
        compare(*files, bootstrap=0).save(tmp_path / "out.txt")


def test_two_empty_inventories_need_an_area(tmp_path: Path, capsys: Capture) -> None:
    empty = saved(tmp_path, "empty.gpkg", OBSERVED.iloc[:0])
    assert "have no landslide, and so no extent; name the ground with area (--aoi)" in refusal(
        capsys, empty, empty
    )
    area = saved(tmp_path, "aoi.gpkg", frame_of(square(0, 0, 1000)))
    printed = run(capsys, empty, empty, "--aoi", area, "-o", tmp_path / "map.gpkg")
    assert printed["pixel"]["true_negative"] == 40_000
    assert len(read_inventory(tmp_path / "map.gpkg", "agreement")) == 0


@pytest.mark.parametrize("option", ["--merge-fragments", "--merge"])
def test_fragments_are_merged_under_both_names_of_the_option(
    option: str, fragmented: list[Path], tmp_path: Path, capsys: Capture
) -> None:
    assert "fragments" not in run(capsys, *fragmented)
    for arguments in ([option], [option, "--dem", write_slope(tmp_path)]):
        printed = run(capsys, *fragmented, *arguments)
        assert printed["count"] == {"observed": 2, "predicted": 2}
        assert [printed["fragments"][name] for name in ("raw", "merged", "manual")] == [3, 2, 2]


def test_the_probability_in_the_gap_decides(
    fragmented: list[Path], tmp_path: Path, capsys: Capture
) -> None:
    counts = {}
    for probability in (0.02, 0.4):
        rasters = (
            "--dem",
            write_slope(tmp_path),
            "--probability",
            write_even_probability(tmp_path, probability),
        )
        printed = run(capsys, *fragmented, "--merge", *rasters, "--threshold", 0.5)
        counts[probability] = printed["count"]["predicted"]
    assert counts == {0.02: 3, 0.4: 2}


@pytest.mark.parametrize(
    ("option", "value"), [("--max-gap-m", 5), ("--minimum-support", 99), ("--max-angle-deg", 0)]
)
def test_stricter_rules_merge_nothing(
    option: str, value: float, fragmented: list[Path], tmp_path: Path, capsys: Capture
) -> None:
    rasters = ("--dem", write_slope(tmp_path), "--threshold", 0.5)
    probability = ("--probability", write_even_probability(tmp_path, 0.4))
    printed = run(capsys, *fragmented, "--merge", *rasters, *probability, option, value)
    # the fragments lie straight down the slope from each other, so that no angle is too strict
    assert printed["count"]["predicted"] == (2 if option == "--max-angle-deg" else 3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--threshold", 0.5], "threshold (--threshold) has no use without merge_fragments (--m"),
        (["--max-gap-m", 500], "--max-gap-m has no use without --merge-fragments; give both"),
        (["--neck-m", 5], "--neck-m has no use without --merge-fragments; give both"),
        (["--max-hole-m2", 0], "--max-hole-m2 has no use without --merge-fragments; give both"),
        (["--merge", "--threshold", 0.5], "has no use without probability (--probability); give"),
        (["--merge", "--minimum-support", 2], "support has no use without --probability; give"),
        (["--merge", "--probability", "p.tif"], "(--probability) needs the threshold"),
        (["--merge", "--threshold", 2], "(--threshold) is 2; give a probability between 0 and 1"),
        (["--merge", "--max-gap-m", -1], "max_gap_m (--max-gap-m) is -1; give 0 or more"),
        (["--pixel-m", 0], "the pixel_m (--pixel-m) is 0 m; give one over 0 m"),
        (["--pixel-m", 0.001], "pixels of 0.001 m make 3.6e+11 of them"),
        (["--min-iou", 1.5], "(--min-iou) is 1.5; give a share over 0"),
        (["--bootstrap", -2], "(--bootstrap) is -2; give 0 or at least 10"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    options: list[object], message: str, files: list[Path], capsys: Capture
) -> None:
    assert message in refusal(capsys, *files, *options)


def test_inventories_far_apart_are_refused(
    files: list[Path], tmp_path: Path, capsys: Capture
) -> None:
    far = saved(tmp_path, "far.gpkg", frame_of(square(200_000, 0)))
    line = refusal(capsys, files[0], far)
    assert "observed.gpkg and far.gpkg lie 199 km apart; check their CRSs" in line


@pytest.mark.parametrize("arguments", [["2015"], ["a.gpkg", "b.gpkg", "--rev", "HEAD"]])
def test_neither_two_inventories_nor_a_date_and_a_revision(
    arguments: list[str], capsys: Capture
) -> None:
    assert refusal(capsys, *arguments).endswith(
        "give two inventories, or a date and --rev with an experiment or commit"
    )
