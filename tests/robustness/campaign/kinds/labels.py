"""Labels of dates: in file names, --dates, params.yaml and `slidelens dates`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from robustness.campaign.item import ACCEPTED, EITHER, Input
from robustness.campaign.materials import DATES, copy, write_sound_study

# Pairs of an earlier and a later label that one reading puts in order.
_ORDERED = {
    "years": ("2013", "2014"),
    "month-names": ("2015_Nov", "2015_Dec"),
    "month-names-full": ("12 March 2015", "2 April 2015"),
    "month-numbers": ("2015-09", "2015-10"),
    "iso": ("2015-04-24", "2015-05-12"),
    "iso-time": ("2015-04-24T23:59:59Z", "2015-04-25T00:00:01Z"),
    "compact": ("20150424", "20151201"),
    "compact-time": ("20150424T045011", "20150424T055011"),
    "day-of-year": ("2015001", "2015365"),
    "landsat": (
        "LC08_L1TP_201024_20180823_20200831_02_T1",
        "LC08_L1TP_192029_20220823_20220824_02_T1",
    ),
    "sentinel": (
        "S2A_MSIL1C_20150704T101006_N0204_R022_T32TQM_20150704T101337",
        "S2B_MSIL1C_20180704T101006_N0206_R022_T31TQM_20180704T101337",
    ),
    "planet": ("20180823_012345_1003", "20200823_012345_1003"),
    "quarters": ("2015-Q1", "2015-Q4"),
    "pre-post": ("2015-pre", "2015-post"),
    "before-after": ("2015_before", "2015_after"),
}
# Pairs that cannot be put in order, or that are no labels.
_UNCLEAR = {
    "day-first": ("19112014", "20122013"),
    "month-20": ("201520", "201521"),
    "numbers": ("3", "12"),
    "words": ("dry", "wet"),
    "same-instant": ("2015", "2015-01-01"),
    "two-digit-years": ("99", "01"),
    "day-or-month": ("03-04-2015", "04-03-2015"),
    "february-30": ("2015-02-28", "2015-02-30"),
    "year-0": ("0000", "2015"),
    "year-9999": ("2015", "99999"),
    "arabic-digits": ("٢٠١٣", "٢٠١٤"),
    "superscript": ("201²", "2013"),
    "full-width": ("２０１３", "２０１４"),
    "spaces": (" 2013", "2013 "),
    "dots": ("..", "."),
    "slash": ("2013/04", "2014/04"),
    "script": ("<script>", "2014"),
    "formula": ("=1+1", "2014"),
    "shell": ("$(touch hacked)", "2014"),
    "dash": ("-2013", "2014"),
    "nul-like": ("2013\\0", "2014"),
    "newline": ("2013\n", "2014"),
    "long": ("2" * 300, "2014"),
    "empty": ("", "2014"),
    "emoji": ("🌋2013", "🌋2014"),
    "right-to-left": ("\u202e2013", "2014"),
    "reserved": ("pretrain", "2014"),
    "reserved-terrain": ("terrain", "2014"),
    "same": ("2014", "2014"),
    "case-differs": ("2014a", "2014A"),
}


def inputs() -> Iterator[Input]:
    """Each pair in every place that reads labels; its files are given in both orders."""
    for name, pair in _ORDERED.items():
        yield from _as_files(name, pair, EITHER if name in ("quarters",) else ACCEPTED)
    for name, pair in _UNCLEAR.items():
        are_names = all(label.strip() and "/" not in label and len(label) < 200 for label in pair)
        if are_names and pair[0] != pair[1]:
            yield from _as_files(name, pair, EITHER)
    for name, pair in (_ORDERED | _UNCLEAR).items():
        yield _as_option(name, pair)
        yield from _in_a_study(name, pair)


def _as_files(name: str, pair: tuple[str, str], expect: str) -> Iterator[Input]:
    earlier, later = (f"{label}.gpkg" for label in pair)

    def write(folder: Path) -> None:
        copy("a.gpkg", folder / earlier)
        copy("b.gpkg", folder / later)

    for order, files in (("", (earlier, later)), ("-turned", (later, earlier))):
        answer: dict[str, Any] = {}
        if expect == ACCEPTED:
            answer = {f"dates.{pair[0]}.new": 20, f"dates.{pair[1]}.new": 0}
        yield Input(
            f"label/{name}{order}/lifecycle",
            ("lifecycle", *(f"./{file}" for file in files), "-o", "o.gpkg"),
            write,
            about=(*pair, "--dates", "cannot be printed"),
            expect=expect if not order else EITHER,
            answer=answer,
            outputs=("o.gpkg",),
        )


def _as_option(name: str, pair: tuple[str, str]) -> Input:
    def write(folder: Path) -> None:
        copy("a.gpkg", folder / "a.gpkg")
        copy("b.gpkg", folder / "b.gpkg")

    return Input(
        f"label/{name}/option-dates",
        ("lifecycle", "a.gpkg", "b.gpkg", "-o", "o.gpkg", "--dates", *pair),
        write,
        about=(*(label for label in pair if label), "--dates", "date"),
        outputs=("o.gpkg",),
    )


def _in_a_study(name: str, pair: tuple[str, str]) -> Iterator[Input]:
    def write(folder: Path) -> None:
        write_sound_study(
            folder, dates=list(pair), finetune__from=dict.fromkeys(pair, "pretrained")
        )
        for old, new in zip(DATES, pair, strict=True):
            for where in (f"scenes/{old}.tif", f"inventories/{old}.gpkg"):
                path = folder / "raw" / where
                if path.exists() and new.strip() and "/" not in new and len(new) < 200:
                    path.rename(path.with_name(f"{new}{path.suffix}"))

    def pipeline(folder: Path) -> None:
        write_sound_study(folder)
        copy("dvc.yaml", folder / "dvc.yaml")

    about = (*(label for label in pair if label.strip()), "dates", "date")
    yield Input(f"label/{name}/check", ("check",), write, about=about)
    yield Input(
        f"label/{name}/dates", ("dates", *pair), pipeline, about=(*about, pair[0][:3] or "x")
    )
