"""A catalogue of a tiny study."""

from __future__ import annotations

from pathlib import Path

import pytest

from slidelens.catalog.collection import write_collection
from slidelens.catalog.study import FinishedStudy, open_finished
from slidelens.params.loading import load_params
from support.catalogs import write_finished
from support.sharing import make_once


@pytest.fixture(scope="session")
def repository(store: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished study, not to be changed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", store)
        return make_once(tmp_path_factory, "finished-for-catalog", write_finished)


@pytest.fixture(scope="session")
def study(repository: Path) -> FinishedStudy:
    return open_finished(load_params(repository / "params.yaml"), repository, {})


@pytest.fixture(scope="session")
def catalogue(study: FinishedStudy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its catalogue with a project, not to be changed."""
    folder = tmp_path_factory.mktemp("written") / "catalog"
    write_collection(study, folder, qgis=True)
    return folder
