"""Whether the process that wrote a run has ended."""

from __future__ import annotations

import os
import subprocess
import sys

from slidelens.tracking.process import has_ended, machine, this_process


def test_this_process_runs() -> None:
    assert not has_ended(this_process())


def test_a_process_that_is_gone_has_ended() -> None:
    code = "from slidelens.tracking.process import this_process; print(this_process())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert has_ended(done.stdout.strip())


def test_a_number_that_is_used_again_is_another_process() -> None:
    assert has_ended(f"{machine()}/{os.getpid()}/1000")


def test_nothing_is_known_of_other_machines() -> None:
    assert not has_ended(f"elsewhere/{os.getpid()}/1000")
    assert not has_ended("written by hand")
