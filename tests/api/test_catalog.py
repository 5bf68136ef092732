"""Catalogues by Python."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import slidelens as sl
from slidelens.errors import SlidelensError
from support.catalogs import write_finished
from support.sharing import make_once


@pytest.fixture
def repository(store: str, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", store)
        made = make_once(tmp_path_factory, "finished-for-catalog", write_finished)
    shutil.copytree(made, tmp_path / "repository")
    return tmp_path / "repository"


def test_a_catalogue_of_the_study_in_a_folder(repository: Path) -> None:
    written = sl.write_catalog(repository / "catalog", repository=repository, qgis=True)
    assert written.dates == ("2013", "2014")
    assert written.weights == ("weights-2013", "weights-pretrained")
    assert written.project is not None
    assert written.project.is_file()


@pytest.mark.parametrize(
    ("missing", "remedy"),
    [
        ("data/maps/2014/probability.tif", "dvc repro evaluate@2014"),
        ("data/maps/2013/scores.json", "dvc repro evaluate@2013"),
        ("data/revised/2013/inventory.gpkg", "dvc repro revise"),
        ("data/lifecycle/landslides.gpkg", "dvc repro lifecycle"),
        ("raw/scenes/2013.tif", "there is no scene"),
    ],
)
def test_what_is_missing_is_named_with_the_stage_that_writes_it(
    repository: Path, missing: str, remedy: str
) -> None:
    (repository / missing).unlink()
    with pytest.raises(SlidelensError, match=remedy):
        sl.write_catalog(repository / "catalog", repository=repository)
    assert not (repository / "catalog").exists()


def test_a_fresh_clone_is_told_to_pull_results(repository: Path) -> None:
    for folder in ("data", "raw"):
        shutil.rmtree(repository / folder)
    with pytest.raises(SlidelensError, match=r"dvc pull .*data/lifecycle/landslides\.gpkg"):
        sl.write_catalog(repository / "catalog", repository=repository)


@pytest.mark.parametrize(
    ("cut", "stage"),
    [
        ("data/maps/2013/probability.tif", "evaluate@2013"),
        ("data/revised/2014/probability.tif", "revise"),
        ("data/density/2013/manual.tif", "density"),
    ],
)
def test_a_raster_that_was_cut_is_no_part_of_a_catalogue(
    repository: Path, cut: str, stage: str
) -> None:
    path = repository / cut
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(SlidelensError, match=f"{path.name}.*dvc repro {stage}"):
        sl.write_catalog(repository / "catalog", repository=repository)
