"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from support.pipeline.workshop import Workshop, make_workshop
from support.report.browser import browser  # noqa: F401 (fixture)
from support.sharing import make_once
from support.studies import pretrained, store, two_layers  # noqa: F401 (fixtures)

ROOT = Path(__file__).resolve().parents[1]
SLOW_FILES = (
    "test_finetune.py",
    "test_real.py",
    "test_evaluate.py",
    "test_trainer.py",
    "test_campaign.py",
    "test_onnx_export.py",
    "test_browser.py",
    "test_report.py",
    "test_prepare.py",
)

# A busy machine is no bug: examples have no deadline of their own.
settings.register_profile("slidelens", deadline=None)
settings.load_profile("slidelens")
# Files of tests need not survive a power cut; waiting for the disk takes minutes in all.
os.fsync = lambda fd: None
if "PYTEST_XDIST_WORKER" in os.environ:  # the processes of the tests share the cores
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("SLIDELENS_DEBUG", "1")  # a bug ends in its traceback, also in subprocesses


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with what takes longest, so that two processes end together.

    The tests that run DVC share one finished repository and run in any process; the tests of any
    other file stay together, for the sake of their fixtures. While one process makes the finished
    repository, the other has the longest of those files.
    """
    first_dvc = next(filter(_runs_dvc, items), None)
    items.sort(key=lambda item: (item is not first_dvc, not _is_slow(item), not _runs_dvc(item)))
    for item in items:
        if not _runs_dvc(item):
            item.add_marker(pytest.mark.xdist_group(str(item.path.relative_to(ROOT))))


def _is_slow(item: pytest.Item) -> bool:
    return item.path.name in SLOW_FILES and not _runs_dvc(item)


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
