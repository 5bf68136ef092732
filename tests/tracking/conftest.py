"""One MLflow store for the tests of tracking, in plain surroundings."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.tracking.stores import SURROUNDINGS


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SURROUNDINGS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def store_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one store for all tests that differ in their parameters.

    Making a store takes seconds. Its path has the characters that are special in addresses.
    """
    folder = tmp_path_factory.mktemp("mlflow") / "a b#c%20d?é"
    folder.mkdir()
    return folder


@pytest.fixture
def root(store_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same folder as the root of the repository that a test runs in."""
    monkeypatch.setenv("DVC_ROOT", str(store_folder))
    return store_folder
