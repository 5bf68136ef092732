"""What a command takes."""

from __future__ import annotations

import resource
import sys

import pytest

from benchmarks.speed.measuring import run

BLOCK = "block = bytearray(200 * 2**20)"
HOLD = f"{BLOCK}; import time; time.sleep(0.4)"
CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {HOLD!r}])"


def test_the_peak_of_one_process_is_the_kernels() -> None:
    cost = run([sys.executable, "-c", HOLD])
    assert cost.failure == ""
    own_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # the kernel's least
    assert 200 < cost.peak_mb < max(260, own_mb + 1)
    assert cost.wall_s > 0.4


def test_the_peaks_of_processes_at_once_add_up() -> None:
    assert run([sys.executable, "-c", f"{BLOCK}; {CHILD}"]).peak_mb > 400


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what is shared")
def test_what_processes_share_counts_once() -> None:
    fork = "import os, time; os.fork(); time.sleep(0.4)"
    own_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # the kernel's least
    assert 200 < run([sys.executable, "-c", f"{BLOCK}; {fork}"]).peak_mb < max(350, own_mb + 1)


def test_a_failure_is_the_last_line() -> None:
    assert run([sys.executable, "-c", "raise SystemExit('no disk')"]).failure == "no disk"
    assert run([sys.executable, "-c", "raise SystemExit(3)"]).failure == "exit status 3"


def test_a_command_past_its_limit_is_ended() -> None:
    cost = run([sys.executable, "-c", "import time; time.sleep(60)"], limit_s=0.3)
    assert cost.failure
    assert cost.wall_s < 30
