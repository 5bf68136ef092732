"""Folders that one process works in at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from slidelens.errors import OutputError
from slidelens.learning.tiling.exclusive import hold_folder


def test_a_second_process_is_told_and_a_later_one_may(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    with hold_folder(folder, "lock", "maps the same scene"):
        with (
            pytest.raises(OutputError, match="another process maps the same scene; wait for it"),
            hold_folder(folder, "lock", "maps the same scene"),
        ):
            pass
        assert (folder / "lock").exists()
    with hold_folder(folder, "lock", "maps the same scene"):
        pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(OutputError, match=r"cannot write .*file/folder"),
        hold_folder(tmp_path / "file" / "folder", "lock", "maps the same scene"),
    ):
        pass
