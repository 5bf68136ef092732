"""`catalog`: studies with hostile names, days and folders."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from robustness.campaign.item import ACCEPTED, REFUSED, Input
from robustness.campaign.kinds.handing_on.texts import TEXTS
from robustness.campaign.materials import DATES, WEIGHTS, copy, set_parameters, write_finished_study

Write = Callable[[Path], object]
_CATALOG = ("catalog", "-o", "cat")
_KEPT = ("cat/mine.txt", "cat/2013/scene.tif")
_WRITTEN = ("cat/collection.json",)
_DAYS = {
    "sound": "2014=2014-05-01",
    "unknown": "1999=2014-05-01",
    "no-day": "2014=",
    "no-equals": "2014",
    "no-date": "=2014-05-01",
    "text": "2014=summer",
    "february-30": "2014=2014-02-30",
    "year-0": "2014=0000-01-01",
    "year-9999": "2014=9999-12-31",
    "hostile": "2014=<script>",
    "long": "2014=" + "1" * 5000,
    "before": "2014=before 2015",
    "newline": "2014=2014-05\n-01",
}


def inputs() -> Iterator[Input]:
    """Each strange thing in `catalog`."""
    for trait, words in {"plain": (), "qgis": ("--qgis",), "copy": ("--copy", "--qgis")}.items():
        yield Input(
            f"catalog/sound-{trait}",
            (*_CATALOG, *words),
            write_finished_study,
            expect=ACCEPTED,
            outputs=_WRITTEN,
        )
    for trait, text in TEXTS.items():
        if "/" not in text and trait not in ("long", "dots"):
            name = f"{text}.weights.h5"
            yield Input(
                f"catalog/weights-name/{trait}",
                (*_CATALOG, "--qgis", "--copy"),
                partial(_with_weights, name),
                about=("models", "weights.h5"),
                outputs=_WRITTEN,
            )
    for trait in ("script", "formula", "quote", "emoji", "percent", "hash", "blank", "at"):
        yield Input(
            f"catalog/label/{trait}",
            (*_CATALOG, "--qgis", "--copy"),
            partial(_with_label, f"2014 {TEXTS[trait].replace('/', '')}"),
            about=("2014", "dates"),
            outputs=_WRITTEN,
        )
    for trait, text in _DAYS.items():
        yield Input(
            f"catalog/when/{trait}",
            (*_CATALOG, "--when", text),
            write_finished_study,
            about=("--when",),
            expect=ACCEPTED if trait == "sound" else REFUSED,
            outputs=_WRITTEN,
        )
    for trait, write in _CATALOG_FOLDERS.items():
        yield Input(
            f"catalog/folder/{trait}",
            _CATALOG,
            partial(_with_folder, write),
            about=("cat",),
            expect=REFUSED if trait.startswith("of-") or trait == "garbled" else ACCEPTED,
            outputs=_WRITTEN,
            kept=_KEPT,
        )


def _with_weights(name: str, folder: Path) -> None:
    write_finished_study(folder)
    copy(WEIGHTS, folder / "models" / name)


def _with_label(label: str, folder: Path) -> None:
    """Write a finished study whose second date has another label."""
    write_finished_study(folder)
    old = DATES[1]
    for path in sorted(folder.rglob(f"{old}*"), key=lambda path: -len(path.parts)):
        path.rename(path.with_name(path.name.replace(old, label)))
    dates = [DATES[0], label]
    changes = {"dates": dates, "finetune__from": dict.fromkeys(dates, "pretrained")}
    set_parameters(folder / "params.yaml", changes)
    scores = folder / f"data/maps/{label}/scores.json"
    values = json.loads(scores.read_text())
    scores.write_text(json.dumps(values))


def _with_folder(write: Write, folder: Path) -> None:
    write_finished_study(folder)
    (folder / "cat").mkdir()
    write(folder / "cat")


def _another_catalogue(path: Path) -> None:
    (path / "collection.json").write_text('{"type": "Collection", "id": "sentinel-2-l2a"}')
    (path / "2013").mkdir()
    (path / "2013/scene.tif").write_text("mine")


_CATALOG_FOLDERS: dict[str, Write] = {
    "empty": lambda path: None,
    "of-another": lambda path: (path / "mine.txt").write_text("mine"),
    "garbled": lambda path: (path / "collection.json").write_text("{"),
    "of-pipes": lambda path: os.mkfifo(path / "collection.json"),
    "of-another-catalogue": _another_catalogue,
}
