"""Catalogues of a finished study."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from jsonschema import Draft7Validator
from referencing import Registry, Resource

from slidelens.catalog.collection import write_collection
from slidelens.catalog.study import FinishedStudy
from slidelens.errors import OutputError
from support.studies import tree

pystac = pytest.importorskip("pystac", reason="pystac is in the extra `stac`")
get_local_schema_cache = pytest.importorskip(
    "pystac.validation.local_validator"
).get_local_schema_cache


def documents(folder: Path) -> dict[Path, Any]:
    paths = [folder / "collection.json", *folder.glob("*/*.json")]
    assert len(paths) > 4
    return {path: json.loads(path.read_text(encoding="utf-8")) for path in paths}


def test_the_collection_holds_an_item_a_date_and_an_item_a_weights_file(catalogue: Path) -> None:
    collection = pystac.Collection.from_file(str(catalogue / "collection.json"))
    assert [item.id for item in collection.get_items()] == [
        "2013",
        "2014",
        "weights-2013",
        "weights-pretrained",
    ]
    start, end = collection.extent.temporal.intervals[0]
    assert (start.year, end.year) == (2013, 2014)


def test_every_object_is_valid_stac(catalogue: Path) -> None:
    """By the schemas of STAC 1.1 that pystac brings, without network."""
    schemas = get_local_schema_cache()
    registry = Registry().with_resources(
        (address, Resource.from_contents(schema)) for address, schema in schemas.items()
    )
    for path, values in documents(catalogue).items():
        kind = "collection" if values["type"] == "Collection" else "item"
        address = f"https://schemas.stacspec.org/v1.1.0/{kind}-spec/json-schema/{kind}.json"
        validator = Draft7Validator(schemas[address], registry=registry)
        assert [error.message for error in validator.iter_errors(values)] == [], path


def test_all_links_are_relative_and_lead_to_files(catalogue: Path) -> None:
    for path, values in documents(catalogue).items():
        targets = [*values["links"], *values["assets"].values()]
        assert targets
        for target in targets:
            assert target["href"].startswith("."), target
            assert (path.parent / unquote(target["href"])).is_file(), target


def test_sizes_are_those_of_the_files(catalogue: Path) -> None:
    for path, values in documents(catalogue).items():
        for asset in values["assets"].values():
            size = (path.parent / unquote(asset["href"])).stat().st_size
            assert asset["file:size"] == size


def test_the_same_study_gives_the_same_bytes(
    study: FinishedStudy, catalogue: Path, tmp_path: Path
) -> None:
    folder = catalogue.with_name("again")
    write_collection(study, folder, qgis=True)
    assert tree(folder) == tree(catalogue)


def test_copies_make_a_folder_that_can_be_moved(study: FinishedStudy, tmp_path: Path) -> None:
    written = write_collection(study, tmp_path / "first", qgis=True, copy=True)
    assert written.project == tmp_path / "first/study.qgz"
    shutil.move(tmp_path / "first", tmp_path / "elsewhere" / "moved")
    folder = tmp_path / "elsewhere/moved"
    assert sorted(path.name for path in (folder / "2013").iterdir()) == [
        "2013.json",
        "density-manual.tif",
        "density-predicted.tif",
        "inventory.gpkg",
        "manual.gpkg",
        "probability.tif",
        "revised.tif",
        "scene.tif",
        "scores.json",
    ]
    for path, values in documents(folder).items():
        for asset in values.get("assets", {}).values():
            target = (path.parent / unquote(asset["href"])).resolve()
            assert target.is_relative_to(folder)
            assert target.is_file()


def test_an_earlier_catalogue_is_replaced_and_other_files_are_kept(
    study: FinishedStudy, tmp_path: Path
) -> None:
    folder = tmp_path / "catalog"
    write_collection(study, folder, qgis=True, copy=True)
    write_collection(study, folder)
    assert not (folder / "study.qgz").exists()
    assert not (folder / "2013/scene.tif").exists()
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"holds notes\.txt, which slidelens did not write"):
        write_collection(study, folder)
    assert (folder / "collection.json").is_file()


def test_a_folder_with_the_name_of_a_file_is_refused(study: FinishedStudy, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"catalog\.json would be a folder"):
        write_collection(study, tmp_path / "catalog.json")
    assert not (tmp_path / "catalog.json").exists()


def test_rasters_and_weights_that_are_no_catalogue_are_kept(
    study: FinishedStudy, tmp_path: Path
) -> None:
    for name in ("2013/probability.tif", "2013/scores.json", "weights-a/a.weights.h5"):
        path = tmp_path / "maps" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
    before = tree(tmp_path / "maps")
    with pytest.raises(OutputError, match="nothing in it is overwritten; name a new folder"):
        write_collection(study, tmp_path / "maps")
    for text in ("{}", "{", '{"type": "Collection", "id": "sentinel-2-l2a"}'):
        (tmp_path / "maps/collection.json").write_text(text)
        with pytest.raises(OutputError, match="nothing in it is overwritten; name a new folder"):
            write_collection(study, tmp_path / "maps")
    (tmp_path / "maps/collection.json").write_text('{"id": "landslides"}')
    (tmp_path / "maps/2013/onset.tif").write_text("mine")
    with pytest.raises(OutputError, match=r"holds 2013/onset\.tif, which slidelens did not write"):
        write_collection(study, tmp_path / "maps")
    assert before.items() <= tree(tmp_path / "maps").items()


def test_a_broken_result_leaves_nothing_behind(
    study: FinishedStudy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise OutputError("stop")

    monkeypatch.setattr("slidelens.catalog.collection.write_date", stop)
    with pytest.raises(OutputError, match="stop"):
        write_collection(study, tmp_path / "catalog")
    assert list(tmp_path.iterdir()) == []
