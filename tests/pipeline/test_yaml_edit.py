"""YAML text changes where its entries stand and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from slidelens.errors import OutputError, ParamsError
from slidelens.pipeline.yaml_edit import (
    Edit,
    apply_edits,
    compose,
    find_collection,
    labels,
    quote,
    read_yaml_text,
    replace_entries,
    replace_values,
    write_together,
)

PATH = Path("some.yaml")


def replaced(text: str, new: Mapping[str, str], first: int = 0, stop: int | None = None) -> str:
    node = find_collection(compose(text, PATH), PATH, "names")
    return apply_edits(text, [replace_entries(text, node, new, first, stop)])


def test_edits_are_made_from_the_end() -> None:
    assert apply_edits("abcdef", [Edit(1, 2, "longer"), Edit(4, 5, "")]) == "alongercdf"


def test_labels_are_entries_or_names_and_none_for_what_is_no_text() -> None:
    top = compose("list: [a, 2, {b: 1}]\nmapping: {c: 1}\n", PATH)
    assert labels(find_collection(top, PATH, "list")) == ["a", "2", ""]
    assert labels(find_collection(top, PATH, "mapping")) == ["c"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("names: [a,  b]  # both\n", 'names: [b, "c"]  # both\n'),
        ("names: []\n", 'names: [b, "c"]\n'),
        # b keeps its line and the comment above it
        ("names:\n- a\n# why\n- b   # this\nx: 1\n", 'names:\n# why\n- b   # this\n- "c"\nx: 1\n'),
        ("names:\r\n  - b\r\n", 'names:\r\n  - b\r\n  - "c"\r\n'),
        ("names:\n  - b", 'names:\n  - b\n  - "c"\n'),
    ],
)
def test_entries_that_stay_keep_their_text(text: str, expected: str) -> None:
    assert replaced(text, {"b": "b", "c": '"c"'}) == expected


def test_the_same_entries_leave_every_byte() -> None:
    text = "names: [ a,b ]"
    assert replaced(text, {"a": "x", "b": "y"}) == text


def test_some_entries_of_a_list() -> None:
    assert replaced("names: [a, b, c]", {"d": "d"}, 1, 2) == "names: [a, d, c]"


def test_a_list_of_lines_without_entries_is_an_empty_list() -> None:
    assert compose(replaced("names:\n  - a\nx: 1\n", {}), PATH).value[0][1].value == []


def test_values_change_and_their_comments_stay() -> None:
    text = "names:\n  a: 1  # one\n  b: 2\n"
    node = find_collection(compose(text, PATH), PATH, "names")
    edits = replace_values(node, {"a": "x", "b": "long"})
    assert apply_edits(text, edits) == "names:\n  a: x  # one\n  b: long\n"


def test_a_quoted_label_is_text_in_yaml() -> None:
    assert quote("2013") == '"2013"'


@pytest.mark.parametrize(
    ("text", "message"),
    [("a: [", "some.yaml is not YAML"), ("- a\n", "some.yaml holds no mapping of names")],
)
def test_what_is_no_mapping_is_refused(text: str, message: str) -> None:
    with pytest.raises(ParamsError, match=message):
        compose(text, PATH)


def test_a_name_without_a_list_is_refused() -> None:
    with pytest.raises(ParamsError, match=r"has no list a\.b; add `b: \[\]` below `a`, then"):
        find_collection(compose("a: {c: []}\n", PATH), PATH, "a", "b")
    with pytest.raises(ParamsError, match=r"some.yaml has no list d; add `d: \[\]`, then run"):
        find_collection(compose("a: {c: []}\n", PATH), PATH, "d")


def test_a_file_that_is_missing_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match=r"there is no params.yaml in .*; run from the folder"):
        read_yaml_text(tmp_path / "params.yaml")
    (tmp_path / "params.yaml").write_bytes(b"\xff")
    with pytest.raises(ParamsError, match="cannot be read as text"):
        read_yaml_text(tmp_path / "params.yaml")
    with pytest.raises(ParamsError, match="cannot be read as text: Is a directory; restore it"):
        read_yaml_text(tmp_path)
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(ParamsError, match="a device or a pipe"):
        read_yaml_text(tmp_path / "pipe.yaml")


def test_a_failure_brings_the_files_before_back(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "a file" / "bad.yaml"
    good.write_text("old")
    (tmp_path / "a file").touch()
    with pytest.raises(OutputError, match=r"cannot write .*bad\.yaml"):
        write_together({good: ("old", "new"), bad: ("", "new")})
    assert good.read_text() == "old"
    write_together({good: ("old", "new\r\n")})
    assert good.read_bytes() == b"new\r\n"
