"""YAML of unknown origin: bounded, and read as every program reads it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from slidelens.errors import ParamsError, SlidelensError
from slidelens.params.yaml_reading import parse_yaml, read_yaml

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 9)}]\n" for i in range(9)
)


def test_words_and_numbers_as_in_yaml_1_2() -> None:
    text = "a: off\nb: yes\nc: true\nd: 1.5\ne: 1e-3\nf: 2013-01-01\ng: null\nh: -3\ni: n"
    values = ["off", "yes", True, 1.5, "1e-3", "2013-01-01", None, -3, "n"]
    assert list(parse_yaml(text, "p").values()) == values


def test_an_alias_and_a_merge_are_read() -> None:
    values = parse_yaml("a: &a {x: 1, y: 2}\nb: {<<: *a, x: 3}\nc: *a", "p")
    assert values == {"a": {"x": 1, "y": 2}, "b": {"x": 3, "y": 2}, "c": {"x": 1, "y": 2}}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (BOMB, "with its aliases written out it holds more than 200,000 values"),
        ("a: &a [*a]", "line 1: an alias stands within what it names"),
        ("a: &a {b: *a}", "line 1: an alias stands within what it names"),
        ("a: " + "[" * 100_000, "line 1: nested more than 40 levels deep; flatten it"),
        ("a: " + "[" * 100_000 + "]" * 100_000, "nested more than 40 levels"),
        ("- " * 100_000 + "x", "nested more than 40 levels"),
        ("\n".join(" " * i + "a:" for i in range(1000)), "nested more than 40 levels"),
        ("a: 1\nb: 2\na: 3", "line 3: a stands twice, also in line 1; delete one of them"),
        ('2013: 1\n"2013": 2', "line 2: 2013 stands twice, also in line 1"),
        ("a: {b: 1, b: 2}", "line 1: b stands twice"),
        ("a: 010", 'line 1: 010 is 8 for some programs and .*; write 8, or "010"'),
        ("a: 0x1F", "0x1F is 31 for some programs"),
        ("a: 1_000", "1_000 is 1000 for some programs"),
        ("a: 12:30", "12:30 is 750 for some programs"),
        ("a: 1:30.5", "1:30.5 is a number for some programs and text for others"),
        ("a: 2013-01-01 10:00:00", "is a time for some programs and text for others"),
        ("a: 2013-13-45", "2013-13-45 cannot be read: month must be in 1..12"),
        ("a: " + "9" * 5000, "the number 9{20}… has 5000 digits"),
        ("a: !!python/object/apply:os.system [ls]", "is not YAML: could not determine a const"),
        ("a: !!set {x, y}", "is not YAML: could not determine a constructor"),
        ("a: !!int abc", "abc cannot be read"),
        ("a: !!bool maybe", "maybe cannot be read"),
        ("a: !!timestamp abc", "abc cannot be read"),
        ("a: !!float abc", "abc is a number for some"),
        ("? [a, b]\n: 1", "is not YAML: while constructing a mapping"),
        ("a: {<<: 3}", "is not YAML"),
        ("a: \x00", "is not YAML: unacceptable character"),
        ("a: 1\n---\nb: 1", "is not YAML: expected a single document"),
        ("a: *b", "is not YAML: found undefined alias"),
        ("a: [", "is not YAML"),
    ],
)
def test_what_is_refused_is_told_in_one_line(text: str, line: str) -> None:
    with pytest.raises(ParamsError, match=line) as caught:
        parse_yaml(text, "p")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_files_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(bytes(range(256)))
    with pytest.raises(ParamsError, match="is not UTF-8 text"):
        read_yaml(path)
    with pytest.raises(ParamsError, match="is a folder, not a parameter file"):
        read_yaml(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ParamsError, match="is a device or a pipe"):
        read_yaml(tmp_path / "pipe")
    for name in ("a\0b", "a" * 5000):
        with pytest.raises(ParamsError, match="cannot read the parameter file"):
            read_yaml(Path(name))


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    with path.open("wb") as stream:
        stream.truncate(10**9)
    with pytest.raises(SlidelensError, match=r"a.yaml has 1 GB, too many for a lock \(at most 2 M"):
        read_yaml(path, "lock", SlidelensError)
