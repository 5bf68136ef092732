"""Reading the experiments in a store."""

from __future__ import annotations

from pathlib import Path

import pytest

from slidelens.errors import TrackingError
from slidelens.tracking.reading import logged_experiments
from slidelens.tracking.run import stage_run
from slidelens.tracking.store import tracking_uri

# MLflow 3.17 uses a loader option that SQLAlchemy 2.1 has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")


def test_reading_names_what_is_missing(root: Path, tmp_path: Path) -> None:
    with pytest.raises(TrackingError, match="there is no MLflow store"):
        logged_experiments(f"sqlite:///{tmp_path}/mlflow.db")
    assert not (tmp_path / "mlflow.db").exists()
    with stage_run("pretrain", {"test": "reading"}):
        pass
    with pytest.raises(TrackingError, match="has no experiment other"):
        logged_experiments(tracking_uri(), "other")
