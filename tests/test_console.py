"""What commands print, and how their options are read."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from slidelens import console
from slidelens.errors import OutputError

Capture = pytest.CaptureFixture[str]


class Terminal:
    """Standard output that claims to be a terminal."""

    def __init__(self) -> None:
        self.text = ""
        self.encoding = "utf-8"

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        """Do nothing: the text is there already."""

    def isatty(self) -> bool:
        return True


def test_json_is_indented_and_has_no_nan(capsys: Capture) -> None:
    console.print_json({"area_m2": 1.5, "unit": "m²"})
    assert capsys.readouterr().out == '{\n  "area_m2": 1.5,\n  "unit": "m²"\n}\n'
    with pytest.raises(ValueError, match="not JSON compliant"):
        console.print_json({"area_m2": math.nan})


def test_a_table_is_aligned(capsys: Capture) -> None:
    rows = [("2015", 0.5, "near"), ("2016-post", 12.25, "far away")]
    console.print_table(("date", "distance", "note"), rows, title="Drift", left=("note",))
    assert capsys.readouterr().out == (
        "Drift\n"
        "date       distance  note\n"
        "2015            0.5  near\n"
        "2016-post     12.25  far away\n"
    )


def test_a_table_without_rows_has_its_headings(capsys: Capture) -> None:
    console.print_table(("date", "F1"), [])
    assert capsys.readouterr().out == "date  F1\n"


def test_a_terminal_shows_the_same_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setenv("TERM", "dumb")  # without colours
    monkeypatch.setenv("COLUMNS", "80")
    console.print_table(("date", "F1 [train]"), [("2015", 0.5)], title="[b]Scores[/b]")
    lines = [line.split() for line in terminal.text.splitlines()]
    assert lines == [["[b]Scores[/b]"], ["date", "F1", "[train]"], ["2015", "0.5"]]


def test_a_marked_row_has_an_asterisk_and_is_bold_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    rows = [["1e-3", 0.5], ["1e-4", 0.25]]
    console.print_table(["lr", "f1"], rows, marked=1)
    assert capsys.readouterr().out.splitlines() == ["lr      f1", "1e-3   0.5", "1e-4  0.25 *"]
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    console.print_table(["lr", "f1"], rows, marked=1)
    _, first, second = terminal.text.splitlines()
    assert first.startswith("1e-3")
    assert second.startswith("\033[1m1e-4")


def test_lines(capsys: Capture) -> None:
    console.print_lines(["one", "two"])
    assert capsys.readouterr().out == "one\ntwo\n"


@pytest.mark.parametrize(
    "words",
    [
        ["--bands", "green", "red", "-5", "-o", "out"],
        ["--bands", "green,red,-5", "-o", "out"],
        ["--bands=green", "--bands", "red", "--bands=-5", "-o", "out"],
    ],
)
def test_several_values_of_an_option_in_three_spellings(words: list[str]) -> None:
    expected = ["--bands", "green", "--bands", "red", "--bands", "-5", "-o", "out"]
    assert console.expand_several(words, ["--bands"]) == expected


def test_words_after_two_dashes_stay() -> None:
    words = ["--bands", "green", "--", "--bands", "red", "nir"]
    assert console.expand_several(words, ["--bands"]) == words


def test_an_option_without_a_value_stays_for_the_parser_to_refuse() -> None:
    assert console.expand_several(["--bands", "-o", "out"], ["--bands"]) == ["--bands", "-o", "out"]


def test_outputs_that_are_inputs_are_refused(tmp_path: Path) -> None:
    inventory, raster = tmp_path / "2015.gpkg", tmp_path / "2016.tif"
    for path in (inventory, raster):
        path.write_text("")
    link = tmp_path / "link.gpkg"
    link.symlink_to(inventory)
    refused = (
        {"inventory": inventory, "out": link},
        {"inventories": [raster, inventory], "out": inventory},
        {"observed": [f"2016={raster}"], "figure": raster},
    )
    for parameters in refused:
        with pytest.raises(OutputError, match="is read and would be overwritten"):
            console.refuse_overwriting(parameters)
    console.refuse_overwriting({"inventory": inventory, "out": tmp_path / "new.gpkg"})
    console.refuse_overwriting({"inventory": inventory, "out": raster})


def test_an_undefined_score_is_a_dash() -> None:
    assert [console.format_score(value) for value in (0.25, None, math.nan)] == ["0.250", "–", "–"]
