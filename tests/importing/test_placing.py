"""New files of a study: all or none, and never over existing ones."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from slidelens.errors import OutputError
from slidelens.importing.placing import new_files
from support.studies import tree

NAMES = ["pretrain/a.tif", "pretrain/a.gpkg"]
OTHER = "another name (--name)"


def write(folder: Path) -> None:
    with new_files(folder, NAMES, OTHER) as temporary:
        for name in NAMES:
            (temporary / name).write_text(name)


def test_all_files_are_moved_and_others_stay(tmp_path: Path) -> None:
    (tmp_path / "study/pretrain").mkdir(parents=True)
    (tmp_path / "study/pretrain/notes.txt").write_text("mine")
    write(tmp_path / "study")
    expected = {name: name.encode() for name in NAMES} | {"pretrain/notes.txt": b"mine"}
    assert tree(tmp_path / "study") == expected


def test_a_folder_of_the_study_may_be_a_link_to_another_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "study").mkdir()
    (tmp_path / "study/pretrain").symlink_to(tmp_path / "disk")
    rename = os.rename

    def rename_on_a_disk(source: Path, target: Path) -> None:
        disks = [
            Path(path).resolve().is_relative_to(tmp_path / "disk") for path in (source, target)
        ]
        if disks[0] != disks[1]:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), str(source))
        rename(source, target)

    monkeypatch.setattr(os, "rename", rename_on_a_disk)
    write(tmp_path / "study")
    assert tree(tmp_path / "disk") == {Path(name).name: name.encode() for name in NAMES}
    assert [path.name for path in (tmp_path / "study").iterdir()] == ["pretrain"]


@pytest.mark.parametrize("name", NAMES)
def test_an_existing_file_stays_and_nothing_is_added(tmp_path: Path, name: str) -> None:
    (tmp_path / "pretrain").mkdir()
    (tmp_path / name).symlink_to("nowhere")
    remedy = r"name another folder \(--out\) or another name \(--name\)$"
    with pytest.raises(OutputError, match=f"exists and is not overwritten; {remedy}"):
        write(tmp_path)
    assert [path.name for path in (tmp_path / "pretrain").iterdir()] == [Path(name).name]


def test_a_file_that_appears_meanwhile_stays(tmp_path: Path) -> None:
    def write_while_another_does() -> None:
        with new_files(tmp_path, NAMES, OTHER) as temporary:
            for name in NAMES:
                (temporary / name).write_text(name)
            (tmp_path / "pretrain").mkdir()
            (tmp_path / NAMES[1]).write_text("mine")

    with pytest.raises(OutputError, match="exists and is not overwritten"):
        write_while_another_does()
    assert tree(tmp_path) == {NAMES[1]: b"mine"}


def test_folders_made_for_files_that_fail_are_removed(tmp_path: Path) -> None:
    with pytest.raises(ValueError), new_files(tmp_path / "a/b", NAMES, OTHER):
        raise ValueError
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_the_name_of_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"study\.tif would be a folder"):
        write(tmp_path / "study.tif")
    assert not list(tmp_path.iterdir())


def test_a_file_is_no_folder_of_a_study(tmp_path: Path) -> None:
    (tmp_path / "study").write_text("")
    with pytest.raises(OutputError, match="is no folder"):
        write(tmp_path / "study")
