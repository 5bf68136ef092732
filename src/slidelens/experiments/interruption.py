"""Give the workspace back as it was, after a kill while DVC queued experiments.

To queue an experiment, DVC stashes uncommitted changes, detaches HEAD and writes the experiment's
parameters to params.yaml, for a moment. A kill in that moment leaves all three.
"""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from slidelens.files import write_json, write_text

log = logging.getLogger(__name__)
_JOURNAL, _PARAMS = ".dvc/tmp/slidelens-queueing.json", "params.yaml"


@contextmanager
def remembered_workspace(folder: Path) -> Iterator[None]:
    """Note what the workspace is like while DVC queues experiments.

    A DVC command that a signal has ended does not tidy up; the workspace is restored at once.

    Args:
        folder: Folder of params.yaml.
    """
    journal = folder / _JOURNAL
    if not journal.parent.is_dir():  # no repository of its own
        yield
        return
    noted = {
        "head": _git(folder, "symbolic-ref", "-q", "HEAD"),
        "stash": _git(folder, "rev-parse", "-q", "--verify", "refs/stash"),
        "params": _read(folder / _PARAMS),
    }
    write_json(journal, noted)
    try:
        yield
    except BaseException:
        restore_workspace(folder)
        raise
    journal.unlink(missing_ok=True)


def restore_workspace(folder: Path) -> None:
    """Restore what `remembered_workspace` noted, if its note is still there.

    Args:
        folder: Folder of params.yaml.
    """
    journal, params = folder / _JOURNAL, folder / _PARAMS
    try:
        noted = json.loads(journal.read_text(encoding="utf-8"))
        head, stash, text = str(noted["head"]), str(noted["stash"]), str(noted["params"])
    except FileNotFoundError:
        return
    except (OSError, ValueError, KeyError, TypeError):
        journal.unlink(missing_ok=True)
        return
    if head and not _git(folder, "symbolic-ref", "-q", "HEAD"):
        _git(folder, "symbolic-ref", "HEAD", head)
        log.warning("HEAD was detached by a killed command and is on %s again", head)
    if _read(params) != text:
        aside = journal.with_name("params.yaml.killed")
        shutil.copyfile(params, aside)
        write_text(params, text)
        _git(folder, "reset", "-q", "--", _PARAMS, ".dvc/tmp")
        log.warning(
            "params.yaml held the parameters of an experiment that a killed command was queuing;"
            " it is as before, and what it held is %s",
            aside,
        )
    if _git(folder, "rev-parse", "-q", "--verify", "refs/stash") != stash:
        log.warning(
            "other uncommitted changes were put away when the command was killed;"
            " see `git stash list`, and bring them back by `git stash pop`"
        )
    journal.unlink(missing_ok=True)


def _read(path: Path) -> str:
    """Return the text of a file with the line ends that it has."""
    return path.read_bytes().decode("utf-8")


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else ""
