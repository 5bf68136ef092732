"""`slidelens init` as a user would run it; what it writes is tested with the pipeline."""

from __future__ import annotations

from pathlib import Path

import pytest

from slidelens import cli


def test_the_next_steps_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "my study"
    assert cli.main(["init", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"created the study repository {folder}; next:"
    assert lines[1] == f"  cd '{folder}'"
    assert lines[-2:] == ["  slidelens check", "  dvc repro"]
    assert (folder / "params.yaml").exists()


def test_a_folder_with_files_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("")
    assert cli.main(["init", str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert str(tmp_path) in captured.err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
