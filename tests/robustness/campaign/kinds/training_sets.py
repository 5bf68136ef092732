"""Downloaded training sets and inventories for `import`, damaged in every way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from robustness.campaign.item import ACCEPTED, EITHER, REFUSED, TOLD, Input
from robustness.campaign.kinds.vectors.files import data, nothing, special
from robustness.campaign.kinds.vectors.traits import TRAITS, Vector
from support.training_sets import (
    picture,
    write_bijie,
    write_coco,
    write_hr_gldd,
    write_landslide4sense,
    write_picture,
    write_sen12_patch,
)

Write = Callable[[Path], object]
_ABSURD: dict[str, Write] = {
    "absent": nothing,
    "pipe": special("pipe"),
    "empty-file": data(b""),
    "text-file": data(b"not a training set"),
    "empty-folder": lambda path: path.mkdir(),
}
_FORMATS = ("landslide4sense", "hr-gldd", "sen12landslides", "folders", "coco")
_HDF5 = b"\x89HDF\r\n\x1a\n"
_CLAIM = b"\x93NUMPY\x01\x00v\x00"  # the header of an array follows


def _npy(shape: str, kind: str = "<f4") -> bytes:
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    return _CLAIM + header.ljust(117).encode() + b"\n" + b"\0" * 64


def _landslide4sense(path: str, content: bytes) -> Write:
    def write(root: Path) -> None:
        (write_landslide4sense(root) / "TrainData" / path).write_bytes(content)

    return write


def _array(name: str, values: Any, path: str = "img/image_2.h5") -> Write:
    """Return a writer of Landslide4Sense with another array in one of its files."""

    def write(root: Path) -> None:
        with h5py.File(write_landslide4sense(root) / "TrainData" / path, "w") as file:
            file[name] = values

    return write


def _hr_gldd(name: str, content: bytes) -> Write:
    def write(root: Path) -> None:
        (write_hr_gldd(root) / name).write_bytes(content)

    return write


def _coco(**changes: Any) -> Write:
    """Return a writer of a COCO set with other values; None leaves a key out."""

    def write(root: Path) -> None:
        path = write_coco(root) / "annotations.json"
        document = json.loads(path.read_text()) | changes
        path.write_text(json.dumps({k: v for k, v in document.items() if v is not None}))

    return write


def _outline(rings: Any) -> Write:
    return lambda root: write_coco(root, segmentation=rings)


def _bijie(path: str, write_file: Write) -> Write:
    def write(root: Path) -> None:
        write_file(write_bijie(root) / path)

    return write


def _without(path: str) -> Write:
    return _bijie(path, Path.unlink)


_COCO = ("--pixel-m", "1")
_TRAITS: dict[str, tuple[str, Write, str]] = {
    "l4s/sound": ("landslide4sense", write_landslide4sense, ACCEPTED),
    "l4s/no-mask": (
        "landslide4sense",
        lambda root: (write_landslide4sense(root) / "TrainData/mask/mask_2.h5").unlink(),
        EITHER,
    ),
    "l4s/empty": ("landslide4sense", _landslide4sense("img/image_2.h5", b""), REFUSED),
    "l4s/magic": ("landslide4sense", _landslide4sense("img/image_2.h5", _HDF5), REFUSED),
    "l4s/other-name": ("landslide4sense", _array("x", np.ones((32, 32, 14))), REFUSED),
    "l4s/three-bands": ("landslide4sense", _array("img", np.ones((32, 32, 3))), REFUSED),
    "l4s/flat": ("landslide4sense", _array("img", np.ones((32, 32))), REFUSED),
    "l4s/other-side": ("landslide4sense", _array("img", np.ones((16, 16, 14))), REFUSED),
    "l4s/no-pixels": ("landslide4sense", _array("img", np.ones((0, 0, 14))), REFUSED),
    "l4s/text": ("landslide4sense", _array("img", b"pixels"), REFUSED),
    "l4s/nan": ("landslide4sense", _array("img", np.full((32, 32, 14), np.nan)), EITHER),
    "l4s/mask-of-sevens": (
        "landslide4sense",
        _array("mask", np.full((32, 32), 7, np.uint8), "mask/mask_2.h5"),
        REFUSED,
    ),
    "hr-gldd/sound": ("hr-gldd", write_hr_gldd, ACCEPTED),
    "hr-gldd/cut": ("hr-gldd", _hr_gldd("trainX.npy", _npy("(3, 32, 32, 4)")), REFUSED),
    "hr-gldd/huge": ("hr-gldd", _hr_gldd("trainX.npy", _npy("(9999999, 9999, 999, 4)")), REFUSED),
    "hr-gldd/objects": ("hr-gldd", _hr_gldd("trainX.npy", _npy("(3, 32, 32, 4)", "|O")), REFUSED),
    "hr-gldd/no-numpy": ("hr-gldd", _hr_gldd("trainX.npy", b"x" * 99), REFUSED),
    "hr-gldd/pickle": ("hr-gldd", _hr_gldd("trainX.npy", b"\x80\x04cos\nsystem\n."), REFUSED),
    "hr-gldd/negative": ("hr-gldd", _hr_gldd("trainX.npy", _npy("(-3, 32, 32, 4)")), REFUSED),
    "hr-gldd/two-axes": ("hr-gldd", _hr_gldd("trainX.npy", _npy("(4, 4)")), REFUSED),
    "hr-gldd/fewer-masks": ("hr-gldd", _hr_gldd("trainY.npy", _npy("(1, 4, 4, 1)")), REFUSED),
    "coco/sound": ("coco", write_coco, ACCEPTED),
    "coco/no-images": ("coco", _coco(images=[]), REFUSED),
    "coco/images-missing": ("coco", _coco(images=None), REFUSED),
    "coco/no-annotations": ("coco", _coco(annotations=[]), EITHER),
    "coco/numbers": ("coco", _coco(images=[1, 2]), REFUSED),
    "coco/annotation-of-nobody": (
        "coco",
        _coco(annotations=[{"id": 7, "image_id": 99, "category_id": 1, "segmentation": []}]),
        REFUSED,
    ),
    "coco/huge-coordinates": ("coco", _outline([[0, 0, 1e300, 0, 1e300, 1e300]]), REFUSED),
    "coco/outside": ("coco", _outline([[100, 100, 120, 100, 120, 120]]), REFUSED),
    "coco/words": ("coco", _outline([["a", "b", "c", "d", "e", "f"]]), REFUSED),
    "coco/bow-tie": ("coco", _outline([[28, 4, 38, 12, 38, 4, 28, 12]]), EITHER),
    "coco/path-upwards": ("coco", lambda root: write_coco(root, file_name="../../etc/x"), REFUSED),
    "coco/path-absolute": ("coco", lambda root: write_coco(root, file_name="/dev/zero"), REFUSED),
    "coco/hostile-category": (
        "coco",
        lambda root: write_coco(root, categories=("<script>",)),
        EITHER,
    ),
    "folders/sound": ("folders", write_bijie, ACCEPTED),
    "folders/no-mask": ("folders", _without("landslide/mask/df0.png"), REFUSED),
    "folders/no-image": ("folders", _without("landslide/image/df0.png"), REFUSED),
    "folders/empty-image": ("folders", _bijie("landslide/image/df0.png", data(b"")), REFUSED),
    "folders/garbled": ("folders", _bijie("landslide/mask/df0.png", data(b"\x89PNG")), REFUSED),
    "folders/other-size": (
        "folders",
        _bijie(
            "landslide/mask/df0.png",
            lambda path: write_picture(path, np.zeros((16, 16), np.uint8)),
        ),
        REFUSED,
    ),
    "folders/grey-image": (
        "folders",
        _bijie("landslide/image/df0.png", lambda p: write_picture(p, picture(1, 32, 32)[..., 0])),
        REFUSED,
    ),
    "folders/text": ("folders", _bijie("notes.txt", data(b"x")), EITHER),
    "sen12/sound": ("sen12landslides", lambda root: write_sen12_patch(root / "x_s2_1.nc", 1), TOLD),
    "sen12/dates-code": (
        "sen12landslides",
        lambda root: write_sen12_patch(root / "x_s2_1.nc", 1, pre_post="__import__('os')"),
        REFUSED,
    ),
    "sen12/dates-beyond": (
        "sen12landslides",
        lambda root: write_sen12_patch(root / "x_s2_1.nc", 1, pre_post="{'pre': 1, 'post': 99}"),
        REFUSED,
    ),
}


def inputs() -> Iterator[Input]:
    """Each training set and each inventory in `import`."""
    for trait, (kind, write, expect) in _TRAITS.items():
        yield _import(trait, kind, write, EITHER if expect == TOLD else expect)
    for kind in _FORMATS:
        for trait, write in _ABSURD.items():
            yield _import(f"{kind}/{trait}", kind, write, REFUSED)
    for trait, vector in TRAITS.items():
        if not vector.uses:
            yield Input(
                f"training-set/inventory/{trait}",
                ("import", "inventory", f"in{vector.suffix}", "--date", "2014", "-o", "study"),
                partial(_write_inventory, vector),
                about=(f"in{vector.suffix}", "in.", "--crs"),
                expect=REFUSED if vector.expect == REFUSED else EITHER,
                outputs=("study/inventories/2014.gpkg",),
            )


def _write_inventory(vector: Vector, folder: Path) -> None:
    vector.write(folder / f"in{vector.suffix}")


def _import(trait: str, kind: str, write: Write, expect: str) -> Input:
    sizes = _COCO if kind in ("coco", "folders") else ()
    return Input(
        f"training-set/{trait}",
        ("import", kind, "set", *sizes, "-o", "study"),
        lambda folder: write(folder / "set"),
        about=("set", "image", "mask", "annotation", "train", "df0"),
        expect=expect,
        outputs=("study",),
    )
