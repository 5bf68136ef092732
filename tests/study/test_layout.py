"""Files of a study are found by their names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from slidelens.params.schema import StudyParams
from slidelens.study.layout import (
    find_dem,
    find_inventories,
    read_headers,
    read_source_headers,
)
from slidelens.study.study import Findings
from support.studies import Date, area_grid, params_for, write_image, write_study


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a study of two dates, of which one is mapped."""
    write_study(tmp_path, {"2013": Date(), "2014": Date(mapped=False)})
    return tmp_path


def study_params(root: Path) -> StudyParams:
    """Return the section `study` of a study's parameters."""
    return params_for(root, ["2013", "2014"]).study


def test_headers_are_read_by_date_and_other_scenes_noted(root: Path) -> None:
    findings = Findings()
    headers = read_headers(root, study_params(root), ["2013", "2016"], findings)
    assert list(headers) == ["2013"]
    (problem,) = findings.problems
    assert problem.startswith(f"there is no scene {root / 'scenes/2016.tif'}; ")
    assert "has 2013, 2014: copy it there, or set the dates" in problem
    (note,) = findings.notes
    assert "holds 2014.tif, not among the dates" in note


def test_a_date_without_inventory_is_noted(root: Path) -> None:
    findings = Findings()
    inventories = find_inventories(root, ["2013", "2014"], findings)
    assert inventories == {"2013": root / "inventories/2013.gpkg", "2014": None}
    assert findings.notes == ["2014 has no inventory: it will be mapped, not scored"]
    assert findings.problems == []


def test_a_height_model_is_optional_unless_it_is_named(root: Path) -> None:
    findings, study = Findings(), study_params(root)
    assert find_dem(root, study, [], findings) is None
    assert findings.problems == []
    named = study.model_copy(update={"dem": "heights.tif"})
    assert find_dem(root, named, [], findings) is None
    (problem,) = findings.problems
    assert problem.startswith(f"study.dem: there is no height model {root / 'heights.tif'}; ")


def test_the_pretraining_needs_a_scene_and_an_inventory(root: Path) -> None:
    findings, study = Findings(), study_params(root)
    (header,) = read_source_headers(root, study, findings).values()
    assert header.path == root / "pretrain/scene.tif"
    assert findings.problems == []
    (root / "pretrain/inventory.gpkg").unlink()
    (root / "pretrain/scene.tif").unlink()
    assert read_source_headers(root, study, findings) == {}
    assert len(findings.problems) == 2
    assert findings.problems[0].startswith("study.pretrain.inventory: there is no inventory ")


def test_two_scenes_of_a_date_are_a_problem(root: Path) -> None:
    (root / "scenes/2013.TIFF").write_bytes((root / "scenes/2013.tif").read_bytes())
    findings = Findings()
    headers = read_headers(root, study_params(root), ["2013", "2014"], findings)
    assert list(headers) == ["2014"]
    (problem,) = findings.problems
    assert problem.endswith("scenes has 2 scenes for 2013: 2013.TIFF, 2013.tif; keep one")


def test_a_scene_of_another_format_is_not_called_absent(root: Path) -> None:
    path = root / "scenes/2013.tif"
    path.rename(path.with_suffix(".JP2"))
    findings = Findings()
    read_headers(root, study_params(root), ["2013", "2014"], findings)
    (problem,) = findings.problems
    assert problem.startswith(f"{path.with_suffix('.JP2')} cannot be used as it is; convert it")


@pytest.mark.parametrize("names", [("2016_B2", "2016_B3"), ("2016/B2", "2016/B3")])
def test_files_of_one_band_each_are_to_be_stacked(root: Path, names: tuple[str, str]) -> None:
    for name in names:
        path = root / f"scenes/{name}.tif"
        path.parent.mkdir(exist_ok=True)
        grid = area_grid()
        write_image(path, grid, np.ones((*grid.shape, 1), np.uint16), names=(None,))
    findings = Findings()
    read_headers(root, study_params(root), ["2013", "2014", "2016"], findings)
    (problem,) = findings.problems
    scenes = root / "scenes"
    assert problem.startswith(f"there is no scene {scenes / '2016.tif'}, but 2 files of one band")
    files = " ".join(str(scenes / f"{name}.tif") for name in names)
    assert problem.endswith(f"`gdalbuildvrt -separate {scenes / '2016.vrt'} {files}`")


def test_a_study_without_files_is_told_in_one_line_each(tmp_path: Path) -> None:
    findings = Findings()
    dates = ["2013", "2014", "2015"]
    (tmp_path / "scenes").mkdir()
    (tmp_path / "scenes" / ".gitignore").touch()
    assert read_headers(tmp_path, params_for(tmp_path, dates).study, dates, findings) == {}
    (problem,) = findings.problems
    assert "scenes has no image: copy one of each date there, such as 2013.tif; if" in problem
    find_inventories(tmp_path, dates, findings)
    assert findings.notes == ["2013, 2014, 2015 have no inventory: they will be mapped, not scored"]
