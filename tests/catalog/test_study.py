"""What a finished study holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from slidelens.catalog.study import open_finished
from slidelens.errors import ParamsError
from slidelens.layout import Layout
from slidelens.params.loading import load_params


def test_dates_have_their_files_in_time_order(repository: Path) -> None:
    study = open_finished(load_params(repository / "params.yaml"), repository, {})
    assert [dated.date for dated in study.dates] == ["2013", "2014"]
    assert [dated.manual is not None for dated in study.dates] == [True, False]
    assert set(study.weights) == {"2013", "pretrained"}
    assert study.dates[0].inventory == Layout(repository).revised / "2013/inventory.gpkg"
    assert not study.simulated


def test_without_revision_the_first_maps_count(repository: Path) -> None:
    params = load_params(repository / "params.yaml")
    lifecycle = params.lifecycle.model_copy(update={"revise": False})
    study = open_finished(params.model_copy(update={"lifecycle": lifecycle}), repository, {})
    assert [dated.revised for dated in study.dates] == [None, None]
    assert study.dates[0].inventory == Layout(repository).inventory("2013")


def test_another_date_is_not_of_the_study(repository: Path) -> None:
    with pytest.raises(ParamsError, match="--when names 2020"):
        open_finished(load_params(repository / "params.yaml"), repository, {"2020": "2020"})
