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


def test_the_repository_of_a_hook_of_git_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    assert cli.main(["init", str(tmp_path / "study")]) == 0
    assert (tmp_path / "study/.git/config").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["study"]


def test_a_loop_of_links_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert cli.main(["init", str(tmp_path / "loop")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "loop" in line
    assert "name a new folder" in line


def test_a_name_that_is_not_utf8_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["init", str(tmp_path / "a\udce9")]) == 2
    assert "is a name that is not in UTF-8" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
