"""Outputs of stages, emptied, cut, garbled or of another kind, as later stages read them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from robustness.campaign.item import ACCEPTED, EITHER, REFUSED, Input
from robustness.campaign.kinds.vectors.files import save, special
from robustness.campaign.kinds.vectors.geometries import boxes
from robustness.campaign.materials import write_finished_study

Change = Callable[[Path], object]
_FINETUNE, _EVALUATE = ("stage:finetune", "2014"), ("stage:evaluate", "2014")
_DENSITY, _REVISE = ("stage:density",), ("stage:revise",)
_LIFECYCLE, _REPORT = ("stage:lifecycle",), ("stage:report",)
_AUDIT, _DRIFT = ("audit",), ("drift",)
_CATALOG = ("catalog", "-o", "cat")
_NETWORK = (_FINETUNE, _EVALUATE)
# Which commands read each file.
_READERS: dict[str, tuple[tuple[str, ...], ...]] = {
    "data/prepared/2014/scene.tif": (_FINETUNE, _EVALUATE, _AUDIT, _DRIFT),
    "data/prepared/2014/labels.tif": (_FINETUNE, _REVISE, _AUDIT),
    "data/prepared/2014/split.tif": (_EVALUATE, _DENSITY, _AUDIT),
    "data/prepared/2013/split.tif": (_LIFECYCLE, _AUDIT, _CATALOG),
    "data/prepared/2014/statistics.json": (_FINETUNE, _AUDIT, _DRIFT),
    "data/prepared/2014/inventory.gpkg": (_DENSITY, _LIFECYCLE),
    "data/maps/2014/probability.tif": (_DENSITY, _REVISE, _LIFECYCLE, _CATALOG),
    "data/maps/2014/inventory.gpkg": (_DENSITY,),
    "data/maps/2014/scores.json": (_DENSITY, _REVISE, _REPORT, _CATALOG),
    "data/maps/2014/precision_recall.csv": (_REPORT,),
    "data/revised/2014/inventory.gpkg": (_LIFECYCLE, _CATALOG),
    "data/revised/2014/probability.tif": (_CATALOG,),
    "data/lifecycle/landslides.gpkg": (_REPORT, _CATALOG),
    "data/density/2014/manual.tif": (_REPORT, _CATALOG),
    "metrics/pretrain.json": (_DENSITY,),
    "metrics/f1.json": (_REPORT,),
    "metrics/revised.json": (_REPORT,),
    "metrics/lifecycle.json": (_REPORT,),
    "metrics/history/2014.csv": (_REPORT,),
    "models/2014.weights.h5": (_EVALUATE, _AUDIT, _CATALOG),
    "models/pretrained.weights.h5": (_AUDIT, _CATALOG),
    "raw/scenes/2014.tif": (_CATALOG,),
    "raw/inventories/2014.gpkg": (_CATALOG,),
}


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _garble(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    rng = np.random.default_rng(1)
    for at in rng.integers(0, len(raw), max(20, len(raw) // 100)):
        raw[at] = rng.integers(256)
    path.write_bytes(raw)


def _instead(kind: str) -> Change:
    def change(path: Path) -> None:
        path.unlink()
        special(kind)(path)

    return change


def _text(text: str | bytes) -> Change:
    raw = text.encode() if isinstance(text, str) else text
    return lambda path: path.write_bytes(raw)


def _raster(side: int = 96, bands: int = 1, dtype: str = "uint8", value: float = 1) -> Change:
    """Return a change to a raster of another size, type or value, at the same place."""

    def change(path: Path) -> None:
        import rasterio

        with rasterio.open(path) as source:
            profile = dict(source.profile)
        profile |= {"width": side, "height": side, "count": bands, "dtype": dtype, "nodata": None}
        path.unlink()
        with rasterio.open(path, "w", **profile) as target:
            target.write(np.full((bands, side, side), value, dtype))

    return change


def _inventory(*shapes: object, crs: object = 32645) -> Change:
    def change(path: Path) -> None:
        path.unlink()
        save(path, shapes, crs, geometry_type="Polygon")

    return change


_EPOCHS = "epoch,loss,val_loss,val_f1,val_precision,val_recall,lr\n"
_STRANGE = (
    '{"bands": 7, "mean": "x", "deviation": null, "pixels": [], "after": 3, "before": [],'
    ' "pretrain": "x", "f1": 3, "landslides": "many"}'
)
_ANY: dict[str, tuple[Change, str]] = {
    "absent": (lambda path: path.unlink(), REFUSED),
    "empty": (_text(""), REFUSED),
    "text": (_text("garbage"), REFUSED),
    "bytes": (_text(bytes(range(256)) * 20), REFUSED),
    "cut": (_cut, EITHER),
    "garbled": (_garble, EITHER),
    "folder": (_instead("folder"), REFUSED),
    "pipe": (_instead("pipe"), REFUSED),
    "device": (_instead("device"), REFUSED),
}
_MAY_BE_ABSENT = ("inventory.gpkg", "inventories/2014.gpkg", ".csv", "f1.json", "manual.tif")
_JSON: dict[str, str | bytes] = {
    "null": "null",
    "list": "[]",
    "number": "7",
    "nothing": "{}",
    "nan": '{"after": NaN}',
    "nested": "[" * 60_000 + "]" * 60_000,
    "strange-values": _STRANGE,
    "huge-number": '{"pixels": 1' + "0" * 5000 + "}",
    "latin1": b'{"a": "\xe9"}',
}
_BY_SUFFIX: dict[str, dict[str, tuple[Change, str]]] = {
    ".tif": {
        "other-shape": (_raster(40), REFUSED),
        "one-pixel": (_raster(1), REFUSED),
        "many-bands": (_raster(bands=7), EITHER),
        "other-type": (_raster(dtype="float64", value=0.5), EITHER),
        "not-a-number": (_raster(dtype="float32", value=float("nan")), EITHER),
        "all-9": (_raster(value=9), EITHER),
        "all-0": (_raster(value=0), EITHER),
        "all-255": (_raster(value=255), EITHER),
    },
    ".json": {name: (_text(text), REFUSED) for name, text in _JSON.items()},
    ".csv": {
        name: (_text(text), EITHER)
        for name, text in {
            "heading-only": _EPOCHS,
            "other-columns": "a,b\n1,2\n",
            "ragged": "epoch,loss\n1,2,3,4,5\n1\n",
            "texts": _EPOCHS + "x,x,x,x,x,x,x\n",
            "inf": _EPOCHS + "1,inf,-inf,nan,1e400,1,1\n",
            "huge-epoch": _EPOCHS + "9" * 40 + ",1,1,1,1,1,1\n",
            "quote": 'epoch,loss\n"1,2\n',
        }.items()
    },
    ".gpkg": {
        "no-rows": (_inventory(), EITHER),
        "elsewhere": (_inventory(*boxes(2), crs=32646), EITHER),
        "no-crs": (_inventory(*boxes(2), crs=None), EITHER),
    },
}


def inputs() -> Iterator[Input]:
    """Each file with each change, in each command that reads it."""
    for file, readers in _READERS.items():
        suffix = Path(file).suffix
        for name, (change, expect) in (_ANY | _BY_SUFFIX.get(suffix, {})).items():
            for words in readers:
                # A catalogue describes the weights that are there.
                optional = (*_MAY_BE_ABSENT, *((".h5",) if words == _CATALOG else ()))
                is_sound = name == "absent" and file.endswith(optional)
                yield _input(f"{file}/{name}", words, file, change, EITHER if is_sound else expect)
    for name, words in (
        ("density", _DENSITY),
        ("revise", _REVISE),
        ("lifecycle", _LIFECYCLE),
        ("audit", _AUDIT),
        ("drift", _DRIFT),
        ("report", _REPORT),
    ):
        yield Input(f"stage-output/sound/{name}", words, write_finished_study, expect=ACCEPTED)
    for name in ("data/prepared", "data/maps", "metrics", "models", "data"):
        for words in (*_NETWORK, _DENSITY, _LIFECYCLE, _REPORT, _AUDIT, _CATALOG):
            yield _gone(name, words)


def _input(trait: str, words: tuple[str, ...], file: str, change: Change, expect: str) -> Input:
    def write(folder: Path) -> None:
        write_finished_study(folder)
        change(folder / file)

    path = Path(file)
    reader = words[0].removeprefix("stage:")
    return Input(
        f"stage-output/{trait}/{reader}",
        words,
        write,
        about=(file, path.name, str(path.parent), "prepared data"),
        expect=EITHER if reader in ("report", "audit", "drift") else expect,
        kept=("data/lifecycle/predicted.csv",) if reader == "density" else (),
        needs_network=words in _NETWORK,
    )


def _gone(name: str, words: tuple[str, ...]) -> Input:
    def write(folder: Path) -> None:
        write_finished_study(folder)
        shutil.rmtree(folder / name)

    reader = words[0].removeprefix("stage:")
    return Input(
        f"stage-output/absent-{name}/{reader}",
        words,
        write,
        about=(name, "dvc repro"),
        needs_network=words in _NETWORK,
    )
