"""`slidelens catalog`."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.catalogs import write_finished
from support.commands import Capture, printed_json, refusal
from support.sharing import make_once


@pytest.fixture
def repository(
    store: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    folder = make_once(tmp_path_factory, "finished-for-catalog", write_finished)
    monkeypatch.chdir(folder)
    return folder


def test_a_catalogue_and_a_project_are_written(
    repository: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "catalog"
    printed = printed_json(capsys, "catalog", "-o", out, "--qgis", "--when", "2013=2013-05-04")
    assert printed == {
        "collection": str(out / "collection.json"),
        "dates": ["2013", "2014"],
        "weights": ["weights-2013", "weights-pretrained"],
        "project": str(out / "study.qgz"),
    }
    assert '"2013-05-04T00:00:00Z"' in (out / "2013/2013.json").read_text(encoding="utf-8")


def test_a_catalogue_can_be_mapped_again_without_its_weights(
    repository: Path, tmp_path: Path, capsys: Capture
) -> None:
    from slidelens.api.mapping.scenes import find_scenes

    pytest.importorskip("pystac", reason="pystac is in the extra `stac`")
    printed_json(capsys, "catalog", "-o", tmp_path / "catalog")
    scenes = find_scenes([tmp_path / "catalog/collection.json"])
    assert [(each.name, each.date) for each in scenes] == [
        ("2013", "2013-01-01/2013-12-31"),
        ("2014", "2014-01-01/2014-12-31"),
    ]
    assert [Path(each.address).name for each in scenes] == ["2013.tif", "2014.tif"]


def test_what_cannot_be_used_is_refused_in_one_line(
    repository: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "catalog"
    assert "when (--when) names 2020, which is none" in refusal(
        capsys, "catalog", "-o", out, "--when", "2020=2020-01-01"
    )
    assert "--when has '2013'; give it as DATE=DAY" in refusal(
        capsys, "catalog", "-o", out, "--when", "2013"
    )
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes.txt").write_text("mine")
    assert "holds notes.txt" in refusal(capsys, "catalog", "-o", tmp_path / "mine")
    assert not out.exists()
