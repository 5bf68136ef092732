"""`slidelens compare --rev`: the inventories of a date in experiments and commits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest

from slidelens.geo.vectors.inventory import write_inventory
from support import commands
from support.inventories.comparison import OBSERVED, PART, frame_of
from support.pipeline.workshop import Workshop

Capture = pytest.CaptureFixture[str]


def run(capsys: Capture, *arguments: str) -> dict[str, Any]:
    words = ["compare", *arguments, "--bootstrap", "0"]
    printed: dict[str, Any] = commands.printed_json(capsys, *words)
    return printed


def refusal(capsys: Capture, *arguments: str) -> str:
    return commands.refusal(capsys, "compare", *arguments)


def replace(path: Path, inventory: gpd.GeoDataFrame) -> None:
    path.unlink()  # a link to DVC's cache, perhaps
    write_inventory(inventory, path)


def test_a_date_of_two_revisions(
    finished: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Compare a committed inventory with itself and with another in the working folder."""
    shop, date = finished.copy(tmp_path / "shop"), "2015"
    path = shop.folder / f"data/maps/{date}/inventory.gpkg"
    replace(path, OBSERVED)  # the tiny network may have found nothing
    shop.run("dvc", "commit", "-f", f"evaluate@{date}")
    shop.commit("two landslides")
    monkeypatch.chdir(shop.folder)
    same = run(capsys, date, "--rev", "HEAD", "--rev", "main")
    assert same["mapping_error"] == 0
    assert same["inventories"] == {"observed": f"{date} of HEAD", "predicted": f"{date} of main"}
    replace(path, frame_of(PART))
    changed = run(capsys, date, "--rev", "HEAD")
    assert changed["count"] == {"observed": 2, "predicted": 1}
    assert changed["area_m2"] == {
        "observed": pytest.approx(20_000),
        "predicted": pytest.approx(8_000),
    }
    unknown = refusal(capsys, date, "--rev", "none")
    assert unknown.endswith(
        "there is no experiment or commit none; see `dvc exp list` for the names"
    )
    assert refusal(capsys, "2030", "--rev", "HEAD").endswith(
        "HEAD has no data/maps/2030/inventory.gpkg; is 2030 one of its dates?"
    )
    replace(path, OBSERVED.head(0))
    shop.run("dvc", "commit", "-f", f"evaluate@{date}")
    shop.commit("no landslide")
    empty = refusal(capsys, date, "--rev", "HEAD")
    assert f"{date} of HEAD.gpkg and {date} of workspace.gpkg have no landslide" in empty
    assert "/tmp" not in empty.removeprefix("slidelens compare: ")


def test_an_inventory_that_is_not_there_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    line = refusal(capsys, "2020", "--rev", "workspace")
    assert "there is no data/maps/2020/inventory.gpkg in " in line
    assert line.endswith("; run `dvc repro`, or `dvc pull data/maps/2020`")


def test_one_revision_twice_is_refused(capsys: Capture) -> None:
    line = refusal(capsys, "2015", "--rev", "HEAD", "--rev", "HEAD")
    assert "--rev names HEAD twice; give two different ones, or one to compare" in line


def test_three_revisions_are_refused(capsys: Capture) -> None:
    assert refusal(capsys, "2015", "--rev", "HEAD", "--rev", "main", "--rev", "main").endswith(
        "--rev is given 3 times; give one to compare with the working folder, or two"
    )
