"""Text from data stays text, wherever it is shown."""

from __future__ import annotations

import csv
import io
import json

import pandas as pd
import pytest

from slidelens.escaping import (
    counted,
    csv_cell,
    csv_text,
    html_text,
    json_text,
    one_line,
    printable,
    script_json,
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Gorkha 2015, 25 % über 3 m²", "Gorkha 2015, 25 % über 3 m²"),
        ("\033[31m", r"\x1b[31m"),
        ("\x9b31m", r"\x9b31m"),
        ("a\tb\n", r"a\tb\n"),
        ("gpj.\u202etif", r"gpj.\u202etif"),
        ("\udcff", r"\udcff"),
        ("انهيار", "انهيار"),  # letters written from the right are no overrides
    ],
)
def test_control_characters_are_shown_as_escapes(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_one_line() -> None:
    assert one_line(" a\n  b\r\n\tc\x07 ") == r"a b c\x07"


def test_json_keeps_its_meaning() -> None:
    value = {"a": "é\x9b\u202e\u2028\x1b\udcff<&", "b": [1, None]}
    text = json_text(value)
    assert json.loads(text) == value
    assert "é" in text
    assert text.encode()
    assert not set(text) & set("\x9b\u202e\u2028\x1b")
    assert json_text({"b": 1, "a": [2]}) == '{\n  "b": 1,\n  "a": [\n    2\n  ]\n}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_text({"a": float("nan")})


@pytest.mark.parametrize("text", ["</script>", "<!--<script>", "]]>", "<!-- --!>"])
def test_json_stays_in_its_script_element(text: str) -> None:
    shown = script_json({"date": text})
    assert "<" not in shown
    assert json.loads(shown) == {"date": text}


def test_html_is_text_between_tags_and_in_attributes() -> None:
    shown = html_text("<b onload='x'>\"&\u202e\x00")
    assert shown == "&lt;b onload=&#x27;x&#x27;&gt;&quot;&amp;\\u202e\\x00"
    assert html_text(1.5) == "1.5"


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\n=1", "＝1+1"]
)
def test_a_formula_becomes_text(text: str) -> None:
    assert csv_cell(text) == f"'{text}"


def test_control_characters_in_a_cell_become_escapes() -> None:
    assert csv_cell("\r=1\x1b[2J\t\n") == "\\r=1\\x1b[2J\t\n"


@pytest.mark.parametrize("cell", ["-0.5", "+1e-3", "-", "", "2015", "a=b", -0.5, None, True])
def test_numbers_and_other_text_stay(cell: object) -> None:
    assert csv_cell(cell) == cell


def test_a_table_as_csv() -> None:
    frame = pd.DataFrame(
        {"=name": ["=1+1", 'b,"c'], "x": [-1.25, None], "n": [-1, 2], "mixed": ["-a", -3.5]}
    )
    text = csv_text(frame, float_format="%.3f")
    assert list(csv.reader(io.StringIO(text))) == [
        ["'=name", "x", "n", "mixed"],
        ["'=1+1", "-1.250", "-1", "'-a"],
        ['b,"c', "", "2", "-3.5"],
    ]
    assert frame.loc[0, "=name"] == "=1+1"
    plain = frame.rename(columns={"=name": "name"}).replace({"=1+1": "a", "-a": "a"})
    assert csv_text(plain) == plain.to_csv(index=False)


def test_numbers_have_nouns_in_the_right_number() -> None:
    assert [counted(number, "row") for number in (0, 1, 2)] == ["0 rows", "1 row", "2 rows"]
    assert counted(1, "inventory", "inventories") == "1 inventory"
    assert counted(3, "inventory", "inventories") == "3 inventories"
