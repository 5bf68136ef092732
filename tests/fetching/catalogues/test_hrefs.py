"""Where the links of STAC objects lead."""

from __future__ import annotations

from pathlib import Path

import pytest

from slidelens.fetching.catalogues.hrefs import absolute_href


@pytest.mark.parametrize(
    ("href", "path"),
    [
        ("a.tif", "a.tif"),
        ("./b #1?.tif", "b #1?.tif"),
        ("b%20%231%3F.tif", "b #1?.tif"),
        ("c%20d.tif", "c%20d.tif"),
    ],
)
def test_paths_are_taken_as_they_are_and_else_without_escapes(
    tmp_path: Path, href: str, path: str
) -> None:
    folder = tmp_path / "mine #2?"
    folder.mkdir()
    for name in ("a.tif", "b #1?.tif", "c%20d.tif", "c d.tif"):
        (folder / name).write_text("")
    assert Path(absolute_href(href, str(folder / "catalog.json"))) == folder / path


@pytest.mark.parametrize(
    ("href", "base", "expected"),
    [
        ("file:///data/a%20b.tif", "/stac/item.json", "/data/a b.tif"),
        ("file:///data/a.tif", "https://h/item.json", "file:///data/a.tif"),
        ("s3://bucket/a.tif", "/stac/item.json", "s3://bucket/a.tif"),
        ("/vsicurl/https://h/a.tif", "/stac/item.json", "/vsicurl/https://h/a.tif"),
        ("/vsicurl/https://h/a.tif", "https://g/item.json", "/vsicurl/https://h/a.tif"),
        ("../a.tif?x=1#2", "https://h/stac/b/item.json", "https://h/stac/a.tif?x=1#2"),
        ("/data/none.tif", "/stac/item.json", "/data/none.tif"),
    ],
)
def test_addresses_and_absolute_paths_stay(href: str, base: str, expected: str) -> None:
    assert absolute_href(href, base) == expected
