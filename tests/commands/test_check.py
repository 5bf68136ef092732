"""`slidelens check`: what a study holds, and every problem with its remedy."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from slidelens import cli
from support.studies import Date, tree, write_params, write_study


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_study(
        tmp_path / "raw",
        {
            "2013": Date(number=6),
            "2014": Date(number=0),
            "2015": Date(mapped=False),
            "2016": Date(seen=0.5),
        },
    )
    write_params(tmp_path, Path("raw"), ["2013", "2014", "2015", "2016"])
    monkeypatch.chdir(tmp_path)
    return tmp_path / "raw"


def test_what_is_there(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = tree(study.parent)
    assert cli.main(["check"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "study raw: 4 dates, bands green, red, nir"
    assert lines[1].startswith(
        "  2013: 2013.tif 160 × 160 uint16 EPSG:32645 → 160 rows × 160 columns of 10 m in "
        "EPSG:32645; area 0.9 km², 100 % seen; 6 landslides, "
    )
    assert lines[2].endswith("; 0 landslides")
    assert lines[3].endswith("; no inventory")
    assert "50 % seen" in lines[4]
    assert lines[5].startswith("  pretrain: scene.tif ")
    assert lines[6].startswith("  2013: 36 blocks of 160 m (16 pixels): train 20 with ")
    assert lines[8] == "  2015: 36 blocks of 160 m (16 pixels): train 20, validation 5, test 11"
    assert lines[10].startswith("  pretrain: 36 blocks of 160 m (16 pixels): train 31 with ")
    assert "note: 2015 has no inventory: it will be mapped, not scored" in lines
    assert lines[-3].startswith("note: raw/scenes/2016.tif covers 50 % of its area; ")
    assert lines[-2] == "0 problems found: `dvc repro` can run"
    assert re.fullmatch(
        r"`dvc repro` will prepare 4 dates, pretrain for at most 3 epochs, fine-tune 2013, 2016, "
        r"keep the start weights for 2014, 2015, map 4 dates: .* on this processor \(an estimate\)",
        lines[-1],
    )
    assert tree(study.parent) == before


def test_a_terminal_shows_a_table(
    study: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "200")
    assert cli.main(["check"]) == 0
    table = re.sub(r"\x1b\[\d*m", "", capsys.readouterr().out).splitlines()[1:7]
    assert table[0].split() == ["scene", "grid", "area", "seen", "landslides"]
    assert [row.split()[0] for row in table[1:]] == ["2013", "2014", "2015", "2016", "pretrain"]
    assert len({row.index("EPSG:32645") for row in table[1:5]}) == 1  # aligned


def test_another_folder_than_that_of_params(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study.rename(study.parent / "elsewhere")
    assert cli.main(["check"]) == 2
    assert "problem: there is no study folder raw" in capsys.readouterr().out
    assert cli.main(["check", "elsewhere"]) == 0


def test_a_repository_is_checked_from_within(
    study: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(study.parent.parent)
    name = study.parent.name
    assert cli.main(["check", name]) == 2
    remedy = f"{name} is a study repository; run `cd {name} && slidelens check`"
    assert capsys.readouterr().err == f"slidelens check: {remedy}\n"


def test_every_problem_is_printed_once_with_its_remedy(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (study / "scenes/2013.tif").unlink()
    (study / "scenes/2014.tif").write_text("no image")
    (study / "inventories/2016.gpkg").write_text("no vector file")
    (study / "pretrain/inventory.gpkg").unlink()
    assert cli.main(["check"]) == 2
    problems = [
        line for line in capsys.readouterr().out.splitlines() if line.startswith("problem: ")
    ]
    remedies = [
        "set the dates with `slidelens dates …`",
        "is it a complete GeoTIFF?",
        "study.pretrain.inventory: there is no inventory",
        "is it a complete vector file?",
    ]
    assert len(problems) == len(remedies)
    assert all(remedy in problem for remedy, problem in zip(remedies, problems, strict=True))


@pytest.mark.parametrize("damage", [pytest.param("params", marks=pytest.mark.long), "truncated"])
def test_as_a_process_prepare_prints_one_line_and_no_more(study: Path, damage: str) -> None:
    """The libraries below would print lines of their own."""
    if damage == "params":
        write_params(study.parent, Path("raw"), ["2013"], lr="fast")
    else:
        path = study / "scenes/2013.tif"
        path.write_bytes(path.read_bytes()[:20_000])
        (study / "scenes/2015.tif").unlink()
        write_params(study.parent, Path("raw"), ["2013"])
        for left in ("2014", "2016"):
            (study / f"scenes/{left}.tif").unlink()
            (study / f"inventories/{left}.gpkg").unlink()
    before = tree(study.parent)
    done = subprocess.run(
        [sys.executable, "-m", "slidelens.stages.prepare"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("prepare: "), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert tree(study.parent) == before
