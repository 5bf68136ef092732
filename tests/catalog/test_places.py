"""Where the files of a catalogue lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from slidelens.catalog.places import Places, href
from slidelens.errors import ParamsError


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "data/a map.tif"
    path.parent.mkdir()
    path.write_bytes(b"map")
    path.with_name("a map.tif.aux.xml").write_bytes(b"statistics")
    return path


def test_links_do_not_depend_on_the_current_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    assert href("../../../../other/a.tif", "2015") == "../../../../../other/a.tif"
    assert href("../../../../other/a.tif") == "../../../../other/a.tif"


def test_files_stay_where_they_are(tmp_path: Path, source: Path) -> None:
    places = Places(tmp_path / "catalog", tmp_path / "new")
    name = places.place(source, "2015/map.tif")
    assert name == places.path_of(source) == "../data/a map.tif"
    assert href(name, "2015") == "../../data/a%20map.tif"
    assert places.size_bytes(name) == 3


def test_copies_bring_the_files_beside_them(tmp_path: Path, source: Path) -> None:
    places = Places(tmp_path / "catalog", tmp_path / "new", copies=True)
    name = places.place(source, "2015/map.tif")
    assert href(name, "2015") == "./map.tif"
    assert (tmp_path / "new/2015/map.tif").read_bytes() == b"map"
    assert (tmp_path / "new/2015/map.tif.aux.xml").is_file()
    assert places.size_bytes(name) == 3


def test_a_file_that_names_others_is_not_copied_alone(tmp_path: Path) -> None:
    places = Places(tmp_path / "catalog", tmp_path / "new", copies=True)
    with pytest.raises(ParamsError, match=r"mosaic\.vrt is a VRT.*leave out copy \(--copy\)"):
        places.place(tmp_path / "mosaic.vrt", "2015/scene.vrt")


def test_links_of_the_collection_begin_in_its_folder() -> None:
    assert href("histories.gpkg") == "./histories.gpkg"
    assert href("2015/2015.json") == "./2015/2015.json"
    assert href("collection.json", "2015") == "../collection.json"
