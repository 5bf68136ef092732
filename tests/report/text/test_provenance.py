"""Hashes and versions."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from slidelens.report.text.provenance import locked_hashes, software


def test_hashes_leave_out_code_and_the_running_stage(tmp_path: Path) -> None:
    lock = tmp_path / "dvc.lock"
    lock.write_text(
        "schema: '2.0'\nstages:\n"
        "  density: {cmd: x, deps: [{path: data/maps/2013, md5: 11.dir}, "
        "{path: src/a.py, md5: '22'}], outs: [{path: data/density, md5: 33.dir}]}\n"
        "  report: {cmd: x, outs: [{path: report, md5: 44.dir}]}\n"
    )
    assert locked_hashes(lock, without="report") == {
        "data/density": "33.dir",
        "data/maps/2013": "11.dir",
    }
    assert locked_hashes(tmp_path / "none.lock", without="report") == {}


def test_versions_are_those_installed() -> None:
    assert software()["numpy"] == np.__version__
    assert "pandas" in software()
    assert "Python" in software()
