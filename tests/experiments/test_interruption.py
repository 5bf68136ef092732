"""After a kill while DVC queued experiments the workspace is as it was."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from slidelens.experiments.interruption import remembered_workspace, restore_workspace


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / ".gitignore").write_text("/.dvc/tmp\n")
    (tmp_path / ".dvc/tmp").mkdir(parents=True)
    (tmp_path / "params.yaml").write_text("lr: 0.001\n")
    (tmp_path / "notes").write_text("a\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


def queue_as_dvc_does(folder: Path) -> None:
    """Up to the moment of the kill."""
    git(folder, "stash")
    git(folder, "checkout", "-q", "--detach")
    (folder / "params.yaml").write_text("lr: 0.5\n")
    git(folder, "add", "params.yaml")


def test_a_kill_leaves_no_other_parameters(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    (folder / "params.yaml").write_text("lr: 0.001\nepochs: 3\n")  # not committed
    (folder / "notes").write_text("b\n")
    killed = remembered_workspace(folder)
    killed.__enter__()
    queue_as_dvc_does(folder)
    restore_workspace(folder)
    assert (folder / "params.yaml").read_text() == "lr: 0.001\nepochs: 3\n"
    assert (folder / ".dvc/tmp/params.yaml.killed").read_text() == "lr: 0.5\n"
    assert git(folder, "symbolic-ref", "HEAD") == "refs/heads/main"
    assert git(folder, "diff", "--cached", "--name-only") == ""
    assert "bring them back by `git stash pop`" in caplog.text
    caplog.clear()
    restore_workspace(folder)
    assert caplog.text == ""


def test_a_signal_leaves_no_other_parameters(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "notes").write_text("b\n")

    def interrupted() -> None:
        with remembered_workspace(folder):
            queue_as_dvc_does(folder)
            (folder / ".dvc/tmp/repro.dat").write_text("")
            git(folder, "add", "-f", ".dvc/tmp/repro.dat")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert (folder / "params.yaml").read_text() == "lr: 0.001\n"
    assert git(folder, "symbolic-ref", "HEAD") == "refs/heads/main"
    assert git(folder, "diff", "--cached", "--name-only") == ""
    assert "bring them back by `git stash pop`" in caplog.text
    assert not (folder / ".dvc/tmp/slidelens-queueing.json").exists()


def test_line_ends_and_permissions_stay(folder: Path) -> None:
    params, text = folder / "params.yaml", b"lr: 0.001\r\nepochs: 3\r\n"
    params.write_bytes(text)
    params.chmod(0o640)
    killed = remembered_workspace(folder)
    killed.__enter__()
    params.write_text("lr: 0.5\n")
    restore_workspace(folder)
    assert params.read_bytes() == text
    assert params.stat().st_mode & 0o777 == 0o640


def test_nothing_is_touched_without_a_kill(folder: Path) -> None:
    with remembered_workspace(folder):
        pass
    (folder / "params.yaml").write_text("lr: 0.1\n")
    restore_workspace(folder)
    assert (folder / "params.yaml").read_text() == "lr: 0.1\n"
    assert not list((folder / ".dvc/tmp").iterdir())


def test_a_folder_without_dvc_is_left_alone(tmp_path: Path) -> None:
    with remembered_workspace(tmp_path):
        restore_workspace(tmp_path)
    assert not list(tmp_path.iterdir())
