"""The command line as a whole; each command has a test file of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated

import geopandas as gpd
import pytest
import typer

from slidelens import __version__, cli, console
from slidelens.geo.vectors.inventory import write_inventory
from support.studies import UTM, box, grid_of, tree

GRID = grid_of(30, 40)
HEAVY = {
    "tensorflow",
    "keras",
    "mlflow",
    "dvc",
    "geopandas",
    "rasterio",
    "pandas",
    "scipy",
    "matplotlib",
}


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["--help"])
    text = capsys.readouterr().out
    assert stopped.value.code == 0
    for command in cli.COMMANDS:
        assert f"\n  {command} " in text


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    for command in cli.COMMANDS:
        with pytest.raises(SystemExit) as stopped:
            cli.main([command, "--help"])
        assert stopped.value.code == 0
        assert f"usage: slidelens {command}" in capsys.readouterr().out.lower()


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"slidelens {__version__}\n"


def test_the_table_of_commands_names_exactly_the_modules() -> None:
    folder = Path(cli.__file__).parent / "commands"
    modules = {
        path.stem.removesuffix("_")
        for path in folder.glob("*.py")
        if "\ndef command(" in path.read_text()
    }
    assert set(cli.COMMANDS) == modules


def test_help_imports_no_command_and_a_command_only_itself() -> None:
    code = (
        "import sys; from slidelens import cli\n"
        "try: cli.main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "print(*(name for name in sys.modules if name.startswith('slidelens.commands.')))"
    )
    for words, expected in ((["--help"], ""), (["check", "--help"], "slidelens.commands.check")):
        done = subprocess.run(
            [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True
        )
        assert done.stdout.splitlines()[-1] == expected


def test_the_overview_imports_nothing_heavy() -> None:
    """Help is instant: the libraries of the commands take seconds to import."""
    code = (
        "import sys; from slidelens import cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        f"print('imported', *{HEAVY} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.splitlines()[-1] == "imported"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["sizes", "a.gpkg", "--bootstrap", "2.5"], "--bootstrap: 2.5 is not a whole number"),
        (["density", "a.gpkg", "--cell-m", "wide"], "--cell-m: wide is not a number"),
        (["density", "a.gpkg", "--weight", "all"], "'all' is not one of 'number', 'area'"),
        (["compare", "a.gpkg", "--rev"], "option '--rev' requires an argument"),
        (
            ["map", "a.tif", "--workers", "0", "-o", "b"],
            "--workers: 0 is too small; give 1 or more",
        ),
        (["fetch", "--dates", "-o", "raw"], "--dates has no value; give one or leave"),
        (["map", "a.tif", "-o", "b", "--bands"], "--bands has no value; give one or leave"),
        (["lifecycle", "-o", "a.gpkg"], "missing argument 'INVENTORY'"),
        (["density"], "missing argument 'INVENTORY'"),
        (["adapt", "a.tif", "-o", "a.weights.h5"], "missing argument 'MARKS'"),
    ],
)
def test_a_value_that_cannot_be_read_is_named(
    argv: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(argv)
    error = capsys.readouterr().err
    assert stopped.value.code == 2
    assert error.startswith(f"slidelens {argv[0]}: error: ")
    assert message in error
    assert error.endswith(f" (see `slidelens {argv[0]} --help`)\n")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (
            ["compare", "a.gpkg", "b.gpkg", "--merge-fragments", "--max-gap-m", "-1"],
            "max_gap_m (--max-gap-m) is -1; give 0 or more",
        ),
        (
            ["lifecycle", "a.gpkg", "-o", "b.gpkg", "--minimum-overlap", "2"],
            "minimum_overlap (--minimum-overlap) is 2; give a share above 0 and up to 1",
        ),
        (
            ["lifecycle", "a.gpkg", "-o", "b.gpkg", "--tolerance-m", "-1"],
            "tolerance_m (--tolerance-m) is -1; give metres, 0 to 1000",
        ),
        (
            ["register", "a.weights.h5", "--name", "a/b"],
            "name is 'a/b' (--name); give letters, digits, spaces, full stops, hyphens and"
            " underscores, up to 100",
        ),
    ],
)
def test_a_value_out_of_range_names_its_option_once(
    argv: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(argv) == 2
    assert capsys.readouterr().err == f"slidelens {argv[0]}: {message}\n"


def test_a_word_that_cannot_be_read_obeys_no_control_characters(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        cli.main(["sizes", "a.gpkg", "--seed", "\033[2Jhttp://u:geheim@host"])
    assert r"--seed: \x1b[2Jhttp://host is not a whole number" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["-h"], ["map", "-h"], ["compare", "--help"]])
def test_both_names_of_the_help_option(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(argv)
    assert stopped.value.code == 0
    assert "usage: slidelens" in capsys.readouterr().out.lower()


@pytest.mark.parametrize("argv", [[], ["mapp"], ["map", "a.tif"]])
def test_a_command_line_that_is_wrong_is_status_2(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(argv)
    captured = capsys.readouterr()
    assert (stopped.value.code, captured.out) == (2, "")
    assert "error: " in captured.err


@pytest.mark.parametrize(
    "command",
    [
        ["lifecycle", "2017.gpkg", "2018.gpkg", "-o", "2017.gpkg"],
        [
            "lifecycle",
            "2017.gpkg",
            "2018.gpkg",
            "-o",
            "./seen.gpkg",
            "--observed",
            "2018=seen.gpkg",
        ],
        ["compare", "2017.gpkg", "2018.gpkg", "-o", "2018.gpkg"],
        ["compare", "2017.gpkg", "2018.gpkg", "--aoi", "seen.gpkg", "-o", "seen.gpkg"],
        ["density", "2017.gpkg", "-o", "2017.gpkg"],
        ["sizes", "2017.gpkg", "--figure", "linked.gpkg"],
    ],
)
def test_no_output_takes_the_place_of_an_input(
    command: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, shape in (
        ("2017", box(GRID, 5, 5, 6, 6)),
        ("2018", box(GRID, 6, 5, 6, 6)),
        ("seen", box(GRID, 0, 0, 30, 40)),
    ):
        write_inventory(gpd.GeoDataFrame(geometry=[shape], crs=UTM), tmp_path / f"{name}.gpkg")
    (tmp_path / "linked.gpkg").symlink_to(tmp_path / "2017.gpkg")
    before = tree(tmp_path)
    assert cli.main(command) == 2
    assert (
        "is read and would be overwritten; name another file for the output"
        in capsys.readouterr().err
    )
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    "command",
    [
        ["density", "a.gpkg", "-o", "pipe"],
        ["sizes", "a.gpkg", "--figure", "pipe"],
        ["compare", "a.gpkg", "a.gpkg", "-o", "pipe"],
        ["lifecycle", "a.gpkg", "a.gpkg", "-o", "pipe"],
        ["map", "a.tif", "--weights", "a.h5", "-o", "pipe"],
        ["transfer", "--csv", "pipe"],
        ["ablations", "--csv", "pipe"],
        ["table2", "--csv", "pipe"],
    ],
)
def test_no_output_takes_the_place_of_a_pipe(
    command: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    assert cli.main(command) == 2
    assert "pipe is a pipe" in capsys.readouterr().err
    assert Path("pipe").is_fifo()


@pytest.mark.parametrize(
    ("command", "remedy"),
    [
        (
            ["table2", "--csv", "t.xlsx"],
            "t.xlsx would hold a CSV table, and its name says otherwise; name it t.csv",
        ),
        (["transfer", "--csv", "t"], "name it t.csv"),
        (["ablations", "--csv", "t.json"], "name it t.csv"),
        (["density", "a.gpkg", "-o", "d.png"], "name it d.tif"),
        (["sizes", "a.gpkg", "--figure", "s.pdf"], "name it s.png"),
        (["compare", "a.gpkg", "b.gpkg", "-o", "c.shp"], "name it c.gpkg"),
        (["lifecycle", "2017.gpkg", "2018.gpkg", "-o", "l.geojson"], "name it l.gpkg"),
        (["review", "a.gpkg", "b.gpkg", "--by", "me", "-o", "r.shp"], "name it r.gpkg"),
        (
            ["map", "a.tif", "-o", "m.gpkg"],
            "its name is that of a file; name a folder, for example m",
        ),
        (["fetch", "--dates", "2018-01-01/2018-02-01", "-o", "s.TIF"], "for example s"),
        (
            ["review", "a.gpkg", "b.gpkg", "--by", "me", "-o", "r.gpkg", "--corrected", "c.fgb"],
            "name it c.gpkg",
        ),
        (["adapt", "a.tif", "a.gpkg", "-o", "w.h5"], "name it w.weights.h5"),
        (["export", "-o", "w.pb"], "give a name that ends in .onnx"),
        (["import", "coco", "a.json", "-o", "c.tif"], "for example c"),
        (["catalog", "-o", "cat.json"], "for example cat"),
    ],
)
def test_a_name_that_says_another_format_is_refused_before_anything_is_read(
    command: list[str],
    remedy: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(command) == 2
    assert capsys.readouterr().err.rstrip().endswith(remedy)
    assert tree(tmp_path) == {}


def test_an_output_may_be_called_like_a_command_and_be_written_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_inventory(
        gpd.GeoDataFrame(geometry=[box(GRID, 5, 5, 6, 6), box(GRID, 20, 20, 6, 6)], crs=UTM),
        tmp_path / "2017.gpkg",
    )
    for _ in range(2):
        assert (
            cli.main(["density", "2017.gpkg", "--radius-m", "200", "--cell-m", "20", "-o", "d.tif"])
            == 0
        )


def test_a_typed_command_takes_several_values_and_spares_its_inputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def command(
        scene: Path,
        out: Annotated[Path, typer.Option("-o", "--out")],
        bands: Annotated[list[str], console.several("--bands", metavar="BAND", help="Bands.")],
    ) -> None:
        print(scene.name, out.name, *bands)

    monkeypatch.setattr(cli, "load", lambda _: SimpleNamespace(command=command))
    scene = tmp_path / "scene.tif"
    scene.write_text("pixels")
    assert cli.main(["map", str(scene), "--bands", "red", "nir", "-o", "new.tif"]) == 0
    assert capsys.readouterr().out == "scene.tif new.tif red nir\n"
    assert cli.main(["map", str(scene), "--bands", "red", "-o", str(scene)]) == 2
    assert "is read and would be overwritten" in capsys.readouterr().err
