"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

# A busy machine is no bug: examples have no deadline of their own.
settings.register_profile("slidelens", deadline=None)
settings.load_profile("slidelens")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real imagery and inventories; skips where there is none."""
    folder = Path(os.environ.get("SLIDELENS_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data in {folder}; set SLIDELENS_REAL_DATA")
    return folder
