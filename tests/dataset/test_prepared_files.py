"""The folders of the prepared sources."""

from __future__ import annotations

from pathlib import Path

from slidelens.dataset.prepared_files import source_folders


def test_one_source_lies_in_the_folder_itself_and_several_below(tmp_path: Path) -> None:
    folder = tmp_path / "pretrain"
    assert source_folders(folder) == {"pretrain": folder}  # not prepared: reading it says so
    for name in ("b", "a"):
        (folder / name).mkdir(parents=True)
        (folder / name / "statistics.json").touch()
    assert list(source_folders(folder)) == ["pretrain/a", "pretrain/b"]
    (folder / "statistics.json").touch()
    assert source_folders(folder) == {"pretrain": folder}
