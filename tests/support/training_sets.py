"""Tiny training sets in the layouts of the public ones."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning

SIDE = 32


def landslide_mask(index: int, side: int = SIDE) -> NDArray[np.uint8]:
    """A square of 4 + index pixels in the corner; none for index 0."""
    mask = np.zeros((side, side), np.uint8)
    if index:
        mask[: 4 + index, : 4 + index] = 1
    return mask


def bright(index: int, side: int, bands: int) -> NDArray[np.float64]:
    """(side, side, bands) noise whose level is the number of the band."""
    noise = np.random.default_rng(index).normal(0, 0.1, (side, side, bands))
    values: NDArray[np.float64] = noise + np.arange(1, bands + 1)
    return values + landslide_mask(index, side)[..., None]


def write_landslide4sense(root: Path, number: int = 5, split: str = "TrainData") -> Path:
    """Images 1…number; the first has no landslide."""
    for folder in ("img", "mask"):
        (root / split / folder).mkdir(parents=True)
    for index in range(number):
        with h5py.File(root / split / f"img/image_{index + 1}.h5", "w") as file:
            file["img"] = bright(index, SIDE, 14)
        with h5py.File(root / split / f"mask/mask_{index + 1}.h5", "w") as file:
            file["mask"] = landslide_mask(index)
    return root


def write_hr_gldd(root: Path, number: int = 3, splits: Sequence[str] = ("train", "val")) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    for split in splits:
        pixels = np.stack([bright(index, SIDE, 4) for index in range(number)])
        masks = np.stack([landslide_mask(index) for index in range(number)])
        np.save(root / f"{split}X.npy", pixels.astype(np.float32))
        np.save(root / f"{split}Y.npy", masks[..., None].astype(np.float32))
    return root


def write_sen12_patch(
    path: Path,
    index: int,
    pre_post: str = "{'pre': 1, 'post': 2}",
    order: Sequence[str] = ("time", "y", "x"),
    times: int = 4,
) -> Path:
    """A patch whose bands are 1000 × their position + 100 × time; one cloudy pixel at (0, 31)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    codes = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
    values = {code: np.zeros((times, SIDE, SIDE), np.int16) for code in (*codes, "SCL", "DEM")}
    for position, code in enumerate(codes, 1):
        values[code] += np.int16(1000 * position)
        values[code] += (100 * np.arange(times, dtype=np.int16))[:, None, None]
    values["SCL"] += np.int16(4)
    values["SCL"][:, 0, 31] = 9
    mask = np.zeros((times, SIDE, SIDE), np.uint8)
    mask[:, : 2 * index, :index] = 1
    axes = tuple(("time", "y", "x").index(name) for name in order)
    with h5py.File(path, "w") as file:
        for name, size in (("time", times), ("y", SIDE), ("x", SIDE)):
            file[name] = np.arange(size)
            file[name].make_scale(name)
        for name, array in (values | {"MASK": mask}).items():
            file[name] = array.transpose(axes)
            for axis, dimension in enumerate(order):
                file[name].dims[axis].attach_scale(file[dimension])
        file.attrs["pre_post_dates"] = pre_post
    return path


def write_picture(path: Path, values: NDArray[Any]) -> Path:
    """Write (height, width, bands) or (height, width) without position, by rasterio alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    layers = np.moveaxis(np.atleast_3d(values), -1, 0)
    driver = "PNG" if path.suffix == ".png" else "GTiff"
    colours = {"photometric": "RGB"} if driver == "GTiff" and len(layers) == 3 else {}
    profile = {
        "count": len(layers),
        "height": layers.shape[1],
        "width": layers.shape[2],
        "dtype": layers.dtype,
        **colours,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path, "w", driver=driver, **profile) as dataset:
            dataset.write(layers)
    return path


def picture(index: int, height: int, width: int) -> NDArray[np.uint8]:
    values: NDArray[np.uint8] = np.random.default_rng(index).integers(
        1, 200, (height, width, 3), np.uint8
    )
    return values


def write_bijie(root: Path, shapes: Sequence[tuple[int, int]] = ((32, 32), (20, 40))) -> Path:
    """An image with a landslide for each shape, and one without any."""
    for index, (height, width) in enumerate(shapes):
        mask = np.zeros((height, width), np.uint8)
        mask[2:6, 3:10] = 255
        write_picture(root / f"landslide/image/df{index}.png", picture(index, height, width))
        write_picture(root / f"landslide/mask/df{index}.png", mask)
    write_picture(root / "non-landslide/image/n1.png", picture(9, 32, 32))
    return root


def write_coco(
    root: Path,
    segmentation: Any = None,
    categories: Sequence[str] = ("landslide",),
    file_name: str = "a.png",
) -> Path:
    """Two images of 32 × 48 pixels; the first has an outline of 10 × 8 pixels."""
    for index, name in enumerate(("a.png", "b.png")):
        write_picture(root / "images" / name, picture(index, 32, 48))
    rings = [[28, 4, 38, 4, 38, 12, 28, 12]] if segmentation is None else segmentation
    document = {
        "images": [
            {"id": 1, "file_name": file_name, "width": 48, "height": 32},
            {"id": 2, "file_name": "b.png", "width": 48, "height": 32},
        ],
        "annotations": [{"id": 7, "image_id": 1, "category_id": 1, "segmentation": rings}],
        "categories": [{"id": i, "name": name} for i, name in enumerate(categories, 1)],
    }
    (root / "annotations.json").write_text(json.dumps(document))
    return root
