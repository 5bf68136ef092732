"""What a finished study holds."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from slidelens.catalog.study import open_finished
from slidelens.errors import GridError, ParamsError, SlidelensError
from slidelens.layers.surface import write_surface
from slidelens.layout import Layout
from slidelens.params.loading import load_params
from support.studies import WEST, grid_of, image, write_image


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
    with pytest.raises(ParamsError, match=r"when \(--when\) names 2020"):
        open_finished(load_params(repository / "params.yaml"), repository, {"2020": "2020"})


def test_a_density_of_another_extent_is_refused(repository: Path, tmp_path: Path) -> None:
    shutil.copytree(repository, tmp_path / "repository")
    path = tmp_path / "repository/data/density/2014/predicted.tif"
    write_surface(path, np.zeros((9, 48), np.float32), grid_of(9, 48, 20), "", "density")
    line = (
        f"the extent of the prepared data and {path} are on different grids: .* 48 columns of 20 m"
        " .*; run `dvc repro density`"
    )
    with pytest.raises(GridError, match=line):
        open_finished(load_params(repository / "params.yaml"), tmp_path / "repository", {})


def test_a_scene_apart_from_the_maps_is_refused(repository: Path, tmp_path: Path) -> None:
    params = load_params(repository / "params.yaml")
    shutil.copytree(repository / "raw", tmp_path / "raw")
    away = grid_of(50, 50, west=WEST + 50_000)
    scene = write_image(tmp_path / "raw/scenes/2014.tif", away, image(away, [], seed=1))
    elsewhere = params.study.model_copy(update={"root": str(tmp_path / "raw")})
    with pytest.raises(SlidelensError, match=f"{scene} lies apart from the map of 2014; check"):
        open_finished(params.model_copy(update={"study": elsewhere}), repository, {})
