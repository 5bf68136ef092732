"""What `make repro` runs: `dvc repro`, with the dates' stages two at a time where the machine has the cores and the memory.

Half of a date's stages is starting up, in which one core idles. DVC itself runs one stage after another, but several of its processes
work together: https://dvc.org/doc/command-reference/repro#parallel-stage-execution. Results are those of `dvc repro`.
"""

from __future__ import annotations

import os
import subprocess
import sys

from slidelens.params.loading import load_params
from slidelens.params.schema import PRETRAINED, Params
from slidelens.run import run

WORKERS = 2
_NEEDED_BYTES = 5 * 2**30  # two stages with TensorFlow take up to 1.5 GB each


def main() -> int:
    """Run the pipeline of params.yaml. Returns DVC's exit status."""
    return run("repro", _repro)


def _repro() -> int:
    shares = shared_out(load_params(), WORKERS) if has_room() else []
    if len(shares) > 1:
        _dvc("repro", "pretrain")
        together = [
            subprocess.Popen(
                _command("--quiet", "--single-item", *share),
                env=os.environ | {"SLIDELENS_PROGRESS": "lines"},
            )
            for share in shares
        ]
        for process in together:
            process.wait()  # what failed is run again below, which says why
    return _dvc("repro")


def shared_out(params: Params, workers: int) -> list[list[str]]:
    """Stages for each worker: those dates that wait for no other date."""
    free = [date for date in params.dates if params.finetune.start[date] == PRETRAINED]
    shares = [free[worker::workers] for worker in range(workers)]
    return [
        [f"{stage}@{date}" for date in share for stage in ("finetune", "evaluate")]
        for share in shares
        if share
    ]


def has_room() -> bool:
    """Return whether two dates can be trained side by side: two processors and enough memory."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return len(os.sched_getaffinity(0)) >= WORKERS and memory >= _NEEDED_BYTES


# `--single-item`: checking a shared stage such as prepare takes a lock that turns the other worker away.
def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "dvc", "--wait-for-lock", "repro", *arguments]


def _dvc(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "dvc", *arguments], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
