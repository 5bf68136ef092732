"""What makes kept results stale."""

from __future__ import annotations

from benchmarks.quality.grounds import CODE, digest
from support.studies import ROOT


def test_a_digest_changes_with_the_values_and_with_the_files() -> None:
    assert digest({"lr": 1}, "few.py") == digest({"lr": 1}, "few.py")
    assert digest({"lr": 1}, "few.py") != digest({"lr": 2}, "few.py")
    assert digest({"lr": 1}, "few.py") != digest({"lr": 1}, "scoring.py")


def test_the_code_on_which_grounds_and_maps_depend_exists_and_counts() -> None:
    assert all(path.exists() for path in CODE)
    source = ROOT / "src/slidelens"
    for name in ("dataset", "geo", "layers", "learning", "study", "analysis"):
        assert source / name in CODE
