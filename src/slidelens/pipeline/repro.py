"""Run the pipeline as `make repro` does: `dvc repro`, with the dates two at a time.

Half of a date's stages is start-up, during which one core idles. DVC runs one stage after another,
but several of its processes can work together:
https://dvc.org/doc/command-reference/repro#parallel-stage-execution.
Without the cores or the memory for two dates, this is `dvc repro`; the results are the same.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from pathlib import Path

from slidelens.params.dates import PRETRAINED
from slidelens.params.loading import load_params
from slidelens.params.schema import Params
from slidelens.run import run

log = logging.getLogger(__name__)
WORKERS = 2
_WRITING_S = 0.5  # after which no running command is still writing a list of locks
_NEEDED_BYTES = 5 * 2**30  # two stages with TensorFlow take up to 1.5 GB each


def main() -> int:
    """Run the pipeline of params.yaml and return DVC's exit status."""
    return run("repro", lambda: repro(load_params()))


def repro(params: Params) -> int:
    """Run the pipeline in the current folder and return DVC's exit status."""
    remove_broken_lock(Path())
    shares = stages_by_worker(params, WORKERS) if has_room() else []
    if len(shares) > 1:
        _dvc("repro", "pretrain")
        workers = [
            subprocess.Popen(
                _repro_command(*share), env=os.environ | {"SLIDELENS_PROGRESS": "lines"}
            )
            for share in shares
        ]
        for worker in workers:
            worker.wait()  # what failed is run again below, which says why
    return _dvc("repro")


def remove_broken_lock(folder: Path) -> None:
    """Remove DVC's list of locks if a killed command has left it half written.

    DVC refuses every command then. Locks of killed commands in a whole list are no problem.

    Args:
        folder: Folder of `.dvc`.
    """
    path = folder / ".dvc/tmp/rwlock"
    if _is_broken(path):
        time.sleep(_WRITING_S)
        if _is_broken(path):
            path.unlink(missing_ok=True)
            log.info("%s was half written by a killed command and is removed", path)


def _is_broken(path: Path) -> bool:
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False
    except ValueError:
        return True
    return False


def stages_by_worker(params: Params, workers: int) -> list[list[str]]:
    """Return the stages for each worker: those of the dates that wait for no other date."""
    free = [date for date in params.dates if params.finetune.start[date] == PRETRAINED]
    shares = [free[worker::workers] for worker in range(workers)]
    return [
        [f"{stage}@{date}" for date in share for stage in ("finetune", "evaluate")]
        for share in shares
        if share
    ]


def has_room() -> bool:
    """Return whether two dates can be trained at once: enough processors and memory."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return len(os.sched_getaffinity(0)) >= WORKERS and memory >= _NEEDED_BYTES


def _repro_command(*stages: str) -> list[str]:
    # --single-item: checking a stage that both workers need, for example prepare, takes a lock that
    # turns the other worker away.
    options = ("--wait-for-lock", "repro", "--quiet", "--single-item")
    return [sys.executable, "-m", "dvc", *options, *stages]


def _dvc(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "dvc", *arguments], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
