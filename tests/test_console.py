"""What commands print, and how their options are read."""

from __future__ import annotations

import io
import json
import math

import pytest
import typer

from slidelens import console

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


def test_what_is_printed_obeys_no_control_characters_and_tells_no_secrets(capsys: Capture) -> None:
    console.print_lines(["a\033[2J http://u:geheim@host"])
    console.print_table(("date\033", "n"), [("\x9b2J\u202e", 1)], title="\x07")
    assert capsys.readouterr().out.splitlines() == [
        r"a\x1b[2J http://host",
        r"\x07",
        r"date\x1b      n",
        r"\x9b2J\u202e  1",
    ]


def test_characters_that_the_terminal_lacks_are_printed_as_escapes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", stream)
    console.print_json({"m²": "ü"})
    console.print_lines(["m²"])
    console.print_table(["m²"], [[1]])
    stream.flush()
    lines = stream.buffer.getvalue().decode().splitlines()
    assert json.loads("".join(lines[:3])) == {"m²": "ü"}
    assert lines[3:] == [r"m\xb2", r"m\xb2", "1"]


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


def test_an_option_without_a_value_takes_no_option_for_one() -> None:
    with pytest.raises(typer.BadParameter, match="--bands has no value; give one or leave"):
        console.expand_several(["--bands", "-o", "out"], ["--bands"])


@pytest.mark.parametrize("words", [["--bands", ""], ["--bands="], ["--bands", "red", " , "]])
def test_an_empty_value_is_refused(words: list[str]) -> None:
    with pytest.raises(typer.BadParameter, match="--bands has an empty value; give one or leave"):
        console.expand_several(words, ["--bands"])


def test_an_undefined_score_is_a_dash() -> None:
    assert [console.format_score(value) for value in (0.25, None, math.nan)] == ["0.250", "–", "–"]
