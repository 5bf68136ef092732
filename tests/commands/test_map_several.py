"""`slidelens map` with several scenes, and with a report."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from slidelens import cli
from slidelens.api.mapping import several_scenes
from slidelens.api.mapping.job_ledger import Job
from support.learning.tiles import blur_network, write_scene_of_tiles
from support.studies import grid_of

GRID = grid_of(100, 70)


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Words of the command after the scenes, in a folder with the scenes a.tif and b.tif."""
    monkeypatch.chdir(tmp_path)
    network = blur_network(tmp_path)
    monkeypatch.setattr("slidelens.api.generic.load_weights", lambda _: network)
    for number, name in enumerate("ab"):
        write_scene_of_tiles(Path(f"{name}.tif"), GRID, number)
    return ["--weights", network.path.name, "-o", "out"]


def test_a_scene_of_empty_text_is_not_the_current_folder(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        cli.main(["map", "", *command])
    assert "SCENES: a scene is empty text; give a file, or ." in capsys.readouterr().err
    assert not Path("out").exists()


def test_one_scene_is_mapped_into_the_folder_itself(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["map", "a.tif", *command]) == 0
    assert list(json.loads(capsys.readouterr().out)) == [
        "landslides",
        "area_m2",
        "mapped_km2",
        "threshold",
    ]
    names = sorted(path.name for path in Path("out").iterdir())
    assert names == ["deviation.qml", "inventory.gpkg", "probability.qml", "probability.tif"]
    assert cli.main(["map", "a.tif", *command]) == 2
    assert "nothing in it is overwritten" in capsys.readouterr().err


def test_several_scenes_are_mapped_into_folders_and_failures_listed_last(
    command: list[str], capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    Path("broken.tif").write_bytes(b"II*\0")
    words = ["map", "a.tif", "broken.tif", "b.tif", *command]
    assert cli.main(words) == 2
    printed = json.loads(capsys.readouterr().out)
    assert [each["folder"] for each in printed["scenes"]] == ["a", "b"]
    assert [each["scene"] for each in printed["failed"]] == ["broken.tif"]
    number = sum(each["landslides"] for each in printed["scenes"])
    assert printed["totals"]["landslides"] == number > 0
    assert (printed["totals"]["scenes"], printed["totals"]["failed"]) == (2, 1)
    assert caplog.messages[-2] == "1 of 3 scenes failed:"
    assert caplog.messages[-1].startswith("cannot read broken.tif")
    Path("broken.tif").unlink()
    write_scene_of_tiles(Path("broken.tif"), GRID)
    assert cli.main(words) == 0
    assert json.loads(capsys.readouterr().out)["failed"] == []


def test_totals_have_no_noise_of_sums(
    command: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [Job(name, name, "done", 2, 0.1, 0.7, 0.5, 1.0) for name in ("a", "b", "c")]
    monkeypatch.setattr(several_scenes, "map_scenes", lambda *_: jobs)
    assert cli.main(["map", "a.tif", "b.tif", *command]) == 0
    totals = json.loads(capsys.readouterr().out)["totals"]
    assert (totals["landslides"], totals["area_m2"], totals["mapped_km2"]) == (6, 0.3, 2.1)


def test_a_folder_of_other_files_is_no_output(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("out").mkdir()
    Path("out/thesis.docx").touch()
    assert cli.main(["map", "a.tif", "b.tif", *command]) == 2
    assert "out holds thesis.docx and no jobs.csv of slidelens" in capsys.readouterr().err
    assert [path.name for path in Path("out").iterdir()] == ["thesis.docx"]


def test_an_interrupted_map_says_that_it_goes_on(
    command: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("slidelens.api.mapping.folder_map.fill_store", stop)
    assert cli.main(["map", "a.tif", "b.tif", *command]) == 130
    assert capsys.readouterr().err.endswith(
        "slidelens map: interrupted; the same command goes on from what is finished\n"
    )


def test_the_inventory_has_the_format_that_is_asked_for(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["map", "a.tif", "b.tif", *command, "--format", "fgb"]
    assert cli.main(words) == 0
    printed = json.loads(capsys.readouterr().out)["scenes"]
    assert sorted(path.name for path in Path("out/a").iterdir()) == [
        "deviation.qml",
        "inventory.fgb",
        "inventory.qml",
        "mapped.fgb",
        "mapped.qml",
        "probability.qml",
        "probability.tif",
    ]
    before = Path("out/a/inventory.fgb").stat().st_mtime_ns
    assert cli.main(words) == 0
    assert Path("out/a/inventory.fgb").stat().st_mtime_ns == before
    capsys.readouterr()
    assert cli.main([*words[:-1], "gpkg"]) == 0
    assert json.loads(capsys.readouterr().out)["scenes"] == printed
    assert not Path("out/a/inventory.fgb").exists()


def test_a_report_lies_beside_the_map(command: list[str]) -> None:
    assert cli.main(["map", "a.tif", *command, "--report"]) == 0
    names = sorted(path.name for path in Path("out").iterdir())
    assert names == [
        "density.qml",
        "density.tif",
        "deviation.qml",
        "inventory.gpkg",
        "probability.qml",
        "probability.tif",
        "report.html",
    ]


def test_the_items_of_a_catalogue_are_mapped(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    pystac = pytest.importorskip("pystac", reason="pystac is in the extra `stac`")
    catalogue = pystac.Catalog("root", "two scenes")
    for name in "ab":
        moment = dt.datetime(2016, 5, 4, tzinfo=dt.UTC)
        item = pystac.Item(f"valley {name}", None, None, moment, {})
        item.add_asset("data", pystac.Asset(str(Path(f"{name}.tif").absolute()), roles=["data"]))
        catalogue.add_item(item)
    catalogue.normalize_and_save("stac", pystac.CatalogType.SELF_CONTAINED)
    assert cli.main(["map", "stac", *command, "--report"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [each["folder"] for each in printed["scenes"]] == ["valley_a", "valley_b"]
    page = Path("out/valley_b/report.html").read_text(encoding="utf-8")
    assert "<h1>Landslides on valley_b</h1>" in page
    assert "2016-05-04" in page
    assert "valley_a/report.html" in Path("out/index.html").read_text(encoding="utf-8")
