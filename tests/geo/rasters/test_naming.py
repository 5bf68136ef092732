"""Names of bands: those of the file, those that the user gives, and how to mend them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from slidelens.errors import SceneError
from slidelens.geo.rasters.bands import Band
from slidelens.geo.rasters.naming import missing_band, name_bands
from slidelens.geo.rasters.options import ReadingOptions

PATH = Path("a.tif")
MAP: dict[str, Any] = {"names_option": "--bands", "nodata_option": "--nodata"}
STUDY: dict[str, Any] = {"names_option": "study.band_names", "precedence": "foreign"}


def bands(*names: str | None, alpha: int = 0) -> list[Band]:
    data = [Band(position, name, "data", "uint8") for position, name in enumerate(names, 1)]
    return data + [Band(len(names) + 1 + i, None, "alpha", "uint8") for i in range(alpha)]


def named(found: Sequence[Band], *names: str, **options: Any) -> list[str | None]:
    result = name_bands(found, PATH, ReadingOptions(names, **options))
    return [band.name for band in result if band.role == "data"]


def test_names_of_the_file_are_kept() -> None:
    assert named(bands("red", "nir", alpha=1)) == ["red", "nir"]


def test_names_that_are_given_replace_others_with_a_line(caplog: pytest.LogCaptureFixture) -> None:
    assert named(bands("Red", "NIR"), "red", "nir", **MAP) == ["red", "nir"]
    assert "a.tif: its bands Red, NIR are read as red, nir (--bands)" in caplog.text
    caplog.clear()
    assert named(bands(None, None), "red", "nir", **MAP) == ["red", "nir"]
    assert named(bands("red", "nir"), "red", "nir", **MAP) == ["red", "nir"]
    assert not caplog.text


def test_in_a_study_they_replace_foreign_names_only() -> None:
    """Files of a study may hold the same bands in another order, and say so."""
    assert named(bands("nir", "red"), "red", "nir", **STUDY) == ["nir", "red"]
    assert named(bands("B4", "B8"), "red", "nir", **STUDY) == ["red", "nir"]
    assert named(bands("red"), "red", "nir", **STUDY) == ["red"]


def test_naming_the_alpha_band_makes_it_data(caplog: pytest.LogCaptureFixture) -> None:
    """GDAL calls the fourth of four bands of bytes alpha, also a near-infrared one."""
    found = bands(None, None, None, alpha=1)
    caplog.set_level(logging.WARNING)
    assert named(found, "b", "g", "r", "nir") == ["b", "g", "r", "nir"]
    assert "band 4, which the file marks as alpha, is read as nir" in caplog.text
    assert named(found, "b", "g", "r", "alpha") == ["b", "g", "r"]
    assert named(found, "b", "g", "r") == ["b", "g", "r"]


@pytest.mark.parametrize(
    ("found", "names", "options", "line"),
    [
        (
            (None, None),
            (),
            MAP,
            "2 bands without distinct names; .*`--bands BAND1 BAND2`",
        ),
        (("red", "red"), (), STUDY, "without distinct names; .*`study.band_names: ..BAND1"),
        (
            ("red", None),
            (),
            MAP,
            "if band 2, which has no name, is a mask, .*_2 alpha",
        ),
        ((None,), ("a", "b"), MAP, "1 band without distinct names and --bands has 2; if each"),
        (("red", "nir"), ("a",), MAP, r"2 bands \(red, nir\) and --bands has 1; name them all"),
        (("red", "nir"), ("a", "a"), MAP, "--bands has a twice; name each band once"),
    ],
)
def test_what_cannot_be_named_is_refused(
    found: Sequence[str | None], names: Sequence[str], options: dict[str, Any], line: str
) -> None:
    with pytest.raises(SceneError, match=line):
        named(bands(*found), *names, **options)


RGB = ("red", "green", "blue")


def advice(found: Sequence[Band], *wanted: str) -> str:
    with pytest.raises(SceneError) as caught:
        name_bands(found, PATH, ReadingOptions(wanted=wanted, **MAP))
    return str(caught.value)


def coloured(count: int, *, alpha: int = 0) -> list[Band]:
    colours = [*RGB, *[""] * count]
    found = bands(*[None] * count, alpha=alpha)
    return [replace(band, colour=colours[i]) if i < 3 else band for i, band in enumerate(found)]


def test_colour_tags_are_not_trusted_but_told() -> None:
    line = advice(coloured(3), *RGB)
    assert line.endswith(
        "; if they are red, green, blue, as the colour tags of the file say (GDAL sets them"
        " unasked), give `--bands red green blue`"
    )
    line = advice(coloured(3, alpha=1), *RGB)
    assert "give `--bands red green blue`; band 4 is marked as alpha: a mask, where 0 is" in line
    assert "`--bands red green blue BAND4`" in advice(coloured(4), *RGB)


def test_names_to_type_are_as_many_as_the_bands() -> None:
    assert "order, give `--bands red green blue`" in advice(bands(None, None, None), *RGB)
    assert "like `--bands BAND1 BAND2 BAND3 BAND4`" in advice(bands(*[None] * 4), *RGB)
    assert "need as red, green, blue, like" in advice(bands(*[None] * 4), *RGB)
    line = advice(bands(None), *RGB)
    assert "the weights need red, green, blue; if each band is in a file of its own" in line


OWN = ("Blue", "Red Edge", "NIR", "x; rm y")


def test_a_near_match_says_what_to_type() -> None:
    wanted = ("blue", "red_edge", "nir")
    line = str(missing_band(PATH, wanted, OWN, ReadingOptions(**MAP)))
    assert line.startswith("a.tif has no band blue, only Blue, Red Edge, NIR, x; rm y; ")
    assert line.endswith("give `--bands blue red_edge nir 'x; rm y'`")
    line = str(missing_band(PATH, wanted, OWN, ReadingOptions(**STUDY)))
    assert line.endswith('give `study.band_names: ["blue", "red_edge", "nir", "x; rm y"]`')
    line = str(missing_band(PATH, wanted, OWN, ReadingOptions()))
    assert line.endswith('give `band_names=["blue", "red_edge", "nir", "x; rm y"]`')


def test_other_names_cannot_be_guessed() -> None:
    line = str(missing_band(PATH, ("red", "nir"), ("B4", "NIR"), ReadingOptions(**MAP)))
    assert "name all bands in file order with --bands" in line
    assert "study" not in line
    both = str(missing_band(PATH, ("red",), ("Red", "RED"), ReadingOptions(**MAP)))
    assert "name all bands in file order" in both


def test_many_names_are_cut() -> None:
    line = str(missing_band(PATH, ("red",), [f"b{i}" for i in range(3000)], ReadingOptions()))
    assert "b19 and 2980 more;" in line


def test_a_file_of_one_band_is_to_be_stacked_with_others() -> None:
    line = str(missing_band(PATH, ("red", "nir"), ("B4",), ReadingOptions(**MAP)))
    assert line.endswith("in the order of their names: `gdalbuildvrt -separate a.vrt FILE …`")
    with pytest.raises(SceneError, match="gdalbuildvrt -separate a.vrt"):
        named(bands(None), "red", "nir", **STUDY)
    assert "separate" not in str(missing_band(PATH, ("red",), ("B4",), ReadingOptions(**MAP)))
