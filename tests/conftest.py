"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from support.studies import pretrained, store  # noqa: F401 (fixtures)
from support.workshop import Workshop, make_workshop

ROOT = Path(__file__).resolve().parents[1]

# A busy machine is no bug: examples have no deadline of their own.
settings.register_profile("slidelens", deadline=None)
settings.load_profile("slidelens")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files stay together when tests run in two processes, and those that run DVC share one finished repository; they take longest."""
    items.sort(key=lambda item: not _runs_dvc(item))
    for item in items:
        item.add_marker(
            pytest.mark.xdist_group("dvc" if _runs_dvc(item) else str(item.path.relative_to(ROOT)))
        )


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
    """A repository with a tiny study after its first `dvc repro`; tests copy it and leave it as it is."""
    shop = make_workshop(tmp_path_factory.mktemp("a study") / "the repository")
    shop.run("dvc", "repro")
    shop.commit("results")
    return shop
