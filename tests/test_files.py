"""Outputs are written whole or not at all, whatever stops the writer."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from slidelens.errors import OutputError, SlidelensError
from slidelens.files import (
    atomic_write,
    atomic_write_folder,
    json_text,
    read_json,
    write_json,
    write_text,
)
from support.studies import tree

KILLED = """
import os, signal, sys
from pathlib import Path
from slidelens.files import {manager}
with {manager}(Path(sys.argv[1])) as temporary:
    ({file}).write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def killed_while_writing(path: Path, manager: str, file: str) -> None:
    code = KILLED.format(manager=manager, file=file)
    assert (
        subprocess.run([sys.executable, "-c", code, str(path)], check=False, timeout=60).returncode
        == -signal.SIGKILL
    )


def test_a_file_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    write_text(tmp_path / "deep/a.txt", "old")
    write_text(tmp_path / "deep/a.txt", "new")
    assert tree(tmp_path) == {"deep/a.txt": b"new"}


def test_a_folder_takes_the_place_of_the_old_one_and_nothing_of_that_stays(tmp_path: Path) -> None:
    for name in ("old", "new"):
        with atomic_write_folder(tmp_path / "out") as folder:
            (folder / name).write_text(name)
    assert tree(tmp_path) == {"out/new": b"new"}


@pytest.mark.parametrize("error", [RuntimeError("stop"), KeyboardInterrupt()])
@pytest.mark.parametrize(
    ("manager", "name"), [(atomic_write, "a.txt"), (atomic_write_folder, "out")]
)
def test_failing_half_way_leaves_the_old_and_no_litter(
    tmp_path: Path,
    manager: Callable[[Path], AbstractContextManager[Path]],
    name: str,
    error: BaseException,
) -> None:
    write_text(tmp_path / "a.txt", "old")
    write_text(tmp_path / "out/b.txt", "old")
    with pytest.raises(type(error)), manager(tmp_path / name) as temporary:  # noqa: PT012 (what fails is the block)
        (temporary if temporary.is_dir() else temporary.parent).joinpath("half").write_text("half")
        raise error
    assert tree(tmp_path) == {"a.txt": b"old", "out/b.txt": b"old"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "out"]


@pytest.mark.parametrize(
    ("manager", "name", "file"),
    [("atomic_write", "a.txt", "temporary"), ("atomic_write_folder", "out", "temporary / 'b.txt'")],
)
def test_a_killed_writer_leaves_the_old_and_the_next_one_clears_up(
    tmp_path: Path, manager: str, name: str, file: str
) -> None:
    write_text(tmp_path / "a.txt", "old")
    write_text(tmp_path / "out/b.txt", "old")
    killed_while_writing(tmp_path / name, manager, file)
    assert (tmp_path / "a.txt").read_text() == (tmp_path / "out/b.txt").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 3  # and what it was writing, hidden
    write_text(tmp_path / "a.txt", "new")
    with atomic_write_folder(tmp_path / "out") as folder:
        (folder / "b.txt").write_text("new")
    assert tree(tmp_path) == {"a.txt": b"new", "out/b.txt": b"new"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "out"]


def test_what_another_process_is_writing_is_left_alone(tmp_path: Path) -> None:
    with atomic_write(tmp_path / "a.txt") as outer:
        outer.write_text("outer")
        write_text(tmp_path / "a.txt", "inner")  # this process runs, as another one would
        assert outer.read_text() == "outer"
    assert tree(tmp_path) == {"a.txt": b"outer"}


def test_a_name_that_begins_like_another_is_left_alone(tmp_path: Path) -> None:
    killed_while_writing(tmp_path / "2013.5", "atomic_write", "temporary")
    write_text(tmp_path / "2013", "whole")
    assert len(list(tmp_path.glob(".2013.5.*"))) == 1


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("in the way")
    line = (
        r"cannot write .*models/a.txt: (File exists|Not a directory);"
        " choose a folder that is writable"
    )
    with pytest.raises(OutputError, match=line):
        write_text(tmp_path / "models/a.txt", "x")


def test_a_read_only_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path))

    monkeypatch.setattr("slidelens.files.tempfile.mkdtemp", refuse)  # root may write anywhere
    line = (
        r"cannot write .*a.txt: Permission denied;"
        " choose a folder that is writable and has room"
    )
    with pytest.raises(OutputError, match=line):
        write_text(tmp_path / "a.txt", "x")


def test_a_full_disk(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "old")
    with (
        pytest.raises(OutputError, match=r"cannot write .*a.txt: No space left on device"),
        atomic_write(tmp_path / "a.txt"),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert tree(tmp_path) == {"a.txt": b"old"}


def test_json_has_no_nan_and_the_order_it_was_given(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"b": None, "a": [1, 0.5], "é": "ü"})
    assert (tmp_path / "a.json").read_text(
        encoding="utf-8"
    ) == '{\n  "b": null,\n  "a": [\n    1,\n    0.5\n  ],\n  "é": "ü"\n}\n'
    assert read_json(tmp_path / "a.json") == {"b": None, "a": [1, 0.5], "é": "ü"}
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_text({"a": float("nan")})


@pytest.mark.parametrize("text", [None, '{"f1": '])
def test_json_that_is_missing_or_damaged(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "scores.json").write_text(text)
    with pytest.raises(
        SlidelensError, match=r"cannot read .*scores.json: .*; run the stage that writes it"
    ):
        read_json(tmp_path / "scores.json")
