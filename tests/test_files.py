"""Outputs are written whole or not at all, whatever stops the writer."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import pytest

from slidelens.errors import OutputError, SlidelensError
from slidelens.files import (
    atomic_write,
    atomic_write_folder,
    read_json,
    require_writable,
    write_json,
    write_text,
)
from support.studies import tree

KILLED = """
import os, signal, sys
from pathlib import Path
from slidelens.files import {manager}
with {manager}(Path(sys.argv[1]), *sys.argv[2:]) as temporary:
    ({file}).write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def killed_while_writing(path: Path, manager: str, file: str) -> None:
    code = KILLED.format(manager=manager, file=file)
    assert (
        subprocess.run(
            [sys.executable, "-c", code, str(path), *(["*"] if "folder" in manager else [])],
            check=False,
            timeout=60,
        ).returncode
        == -signal.SIGKILL
    )


def test_a_file_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    write_text(tmp_path / "deep/a.txt", "old")
    write_text(tmp_path / "deep/a.txt", "new")
    assert tree(tmp_path) == {"deep/a.txt": b"new"}


def test_a_folder_takes_the_place_of_the_old_one_and_nothing_of_that_stays(tmp_path: Path) -> None:
    for name in ("old", "new"):
        with atomic_write_folder(tmp_path / "out", ["old"]) as folder:
            (folder / name).write_text(name)
    assert tree(tmp_path) == {"out/new": b"new"}


@pytest.mark.parametrize("error", [RuntimeError("stop"), KeyboardInterrupt()])
@pytest.mark.parametrize(
    ("manager", "name"),
    [(atomic_write, "a.txt"), (partial(atomic_write_folder, own=["b.txt"]), "out")],
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
    with atomic_write_folder(tmp_path / "out", ["*.txt"]) as folder:
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

    monkeypatch.setattr("slidelens.outputs.tempfile.mkdtemp", refuse)  # root may write anywhere
    line = (
        r"cannot write .*a.txt: Permission denied;"
        " choose a folder that is writable and has room"
    )
    with pytest.raises(OutputError, match=line):
        write_text(tmp_path / "a.txt", "x")


def test_what_cannot_be_written_is_known_before_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_text(tmp_path / "a.txt", "old")
    write_text(tmp_path / "folder/b.txt", "old")
    before = tree(tmp_path)
    require_writable(tmp_path / "a.txt", tmp_path / "new.txt")
    require_writable(tmp_path / "folder", tmp_path / "other", own=["b.txt"])
    assert tree(tmp_path) == before
    with pytest.raises(OutputError, match="holds b.txt, which slidelens did not write"):
        require_writable(tmp_path / "folder", own=["c.txt"])
    with pytest.raises(OutputError, match="holds b.txt and nothing in it is overwritten"):
        require_writable(tmp_path / "folder", own=())
    with pytest.raises(OutputError, match="is a folder and is not replaced"):
        require_writable(tmp_path / "folder")

    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path))

    monkeypatch.setattr("slidelens.outputs.tempfile.mkdtemp", refuse)  # root may write anywhere
    for path, own in ((tmp_path / "a.txt", None), (tmp_path / "folder", ["b.txt"])):
        with pytest.raises(OutputError, match="cannot write .*: Permission denied; choose"):
            require_writable(path, own=own)


def test_a_full_disk(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "old")
    with (
        pytest.raises(OutputError, match=r"cannot write .*a.txt: No space left on device"),
        atomic_write(tmp_path / "a.txt"),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert tree(tmp_path) == {"a.txt": b"old"}


def test_an_error_names_the_output_however_deep_it_is_written(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with (
        pytest.raises(OutputError) as raised,
        atomic_write_folder(tmp_path / "out") as folder,
        atomic_write(folder / "a.gpkg") as temporary,
        atomic_write(temporary),
    ):
        raise full
    assert str(raised.value).startswith(f"cannot write {tmp_path / 'out' / 'a.gpkg'}: No space")


def test_an_error_about_an_input_is_not_one_about_the_output(tmp_path: Path) -> None:
    with (
        pytest.raises(FileNotFoundError, match="scene"),
        atomic_write_folder(tmp_path / "out") as folder,
    ):
        (folder / "a.txt").write_text((tmp_path / "scene.tif").read_text())
    assert list(tmp_path.iterdir()) == []


def test_a_name_too_long_for_the_file_system(tmp_path: Path) -> None:
    write_text(tmp_path / ("ä" * 120), "long")
    assert [path.name for path in tmp_path.iterdir()] == ["ä" * 120]
    with pytest.raises(OutputError, match="File name too long; choose a shorter name"):
        write_text(tmp_path / ("a" * 300), "longer")


@pytest.mark.parametrize("name", ["a b;$(x)'\"\n.txt", "[*].txt", "-o.txt", "\udcff.txt"])
def test_names_that_mean_something_to_a_shell_or_a_pattern(tmp_path: Path, name: str) -> None:
    for text in ("old", "new"):
        write_text(tmp_path / name, text)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["new"]


def test_a_link_stays_and_its_file_is_replaced(tmp_path: Path) -> None:
    target, link = tmp_path / "disk/a.txt", tmp_path / "link.txt"
    write_text(target, "old")
    link.symlink_to(target)
    write_text(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert list(target.parent.iterdir()) == [target]


def test_a_linked_folder_stays_linked(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "disk")
    for name in ("old", "new"):
        with atomic_write_folder(tmp_path / "out", ["old"]) as folder:
            (folder / name).write_text(name)
    assert (tmp_path / "out").is_symlink()
    assert tree(tmp_path / "disk") == {"new": b"new"}


def test_permissions_of_a_replaced_file_and_folder_are_kept(tmp_path: Path) -> None:
    path, folder = tmp_path / "a.txt", tmp_path / "out"
    with umask(0o022):
        write_text(path, "old")
        folder.mkdir()
        assert path.stat().st_mode & 0o777 == 0o644
        path.chmod(0o660)
        folder.chmod(0o2770)
        write_text(path, "new")
        with atomic_write_folder(folder):
            pass
    assert path.stat().st_mode & 0o777 == 0o660
    assert folder.stat().st_mode & 0o7777 == 0o2770


def test_a_file_of_another_user_stays_hers_if_root_replaces_it(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may give files away")
    path = tmp_path / "a.txt"
    write_text(path, "old")
    os.chown(path, 1234, 5678)
    write_text(path, "new")
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 5678)


def test_an_interrupt_while_a_folder_is_replaced_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_text(tmp_path / "out/a.txt", "old")
    rename = Path.rename

    def interrupted(path: Path, target: Path) -> Path:
        if path.name == "new":
            raise KeyboardInterrupt
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt), atomic_write_folder(tmp_path / "out", ["a.txt"]):
        pass
    assert tree(tmp_path) == {"out/a.txt": b"old"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def test_json_has_no_nan_and_the_order_it_was_given(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"b": None, "a": [1, 0.5], "é": "ü"})
    assert (tmp_path / "a.json").read_text(
        encoding="utf-8"
    ) == '{\n  "b": null,\n  "a": [\n    1,\n    0.5\n  ],\n  "é": "ü"\n}\n'
    assert read_json(tmp_path / "a.json") == {"b": None, "a": [1, 0.5], "é": "ü"}
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"a": float("nan")})


@pytest.mark.parametrize("text", [None, '{"f1": '])
def test_json_that_is_missing_or_damaged(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "scores.json").write_text(text)
    with pytest.raises(
        SlidelensError, match=r"cannot read .*scores.json: .*; run the stage that writes it"
    ):
        read_json(tmp_path / "scores.json")
