"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from support.sharing import make_once
from support.studies import pretrained, store  # noqa: F401 (fixtures)
from support.workshop import Workshop, make_workshop

ROOT = Path(__file__).resolve().parents[1]

# A busy machine is no bug: examples have no deadline of their own.
settings.register_profile("slidelens", deadline=None)
settings.load_profile("slidelens")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with what takes longest, so that two processes end together.

    The tests that run DVC share one finished repository and run in any process; the tests of any
    other file stay together, for the sake of their fixtures. While one process makes the finished
    repository, the other has the longest of those files.
    """
    slow_files = ("test_finetune.py", "test_trainer.py", "test_evaluate.py")
    dvc = [item for item in items if _runs_dvc(item)]
    slow = [item for item in items if item.path.name in slow_files and item not in dvc]
    others = [item for item in items if item not in dvc and item not in slow]
    for item in (*slow, *others):
        item.add_marker(pytest.mark.xdist_group(str(item.path.relative_to(ROOT))))
    items[:] = [*dvc[:1], *slow, *dvc[1:], *others]


def _runs_dvc(item: pytest.Item) -> bool:
    return "finished" in getattr(item, "fixturenames", ())


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real imagery and inventories; skips where there is none."""
    folder = Path(os.environ.get("SLIDELENS_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data in {folder}; set SLIDELENS_REAL_DATA")
    return folder


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """A repository with a tiny study after its first `dvc repro`; tests work in copies."""
    return Workshop(make_once(tmp_path_factory, "a study", _run_study) / "the repository")


def _run_study(folder: Path) -> None:
    shop = make_workshop(folder / "the repository")
    shop.run("dvc", "repro")
    shop.commit("results")
