"""COCO: images, and a JSON file with the outlines of the landslides on them in pixels.

Lin et al. (2014), section "Object Detection" of the data format: `images` (id, file_name, width,
height), `annotations` (image_id, category_id, segmentation) and `categories` (id, name). A
segmentation is a list of rings [x1, y1, x2, y2, …], or run lengths, which are refused.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pydantic
import shapely

from slidelens.errors import InventoryError, ParamsError, SceneError
from slidelens.importing.training_sets.bands import choose_bands
from slidelens.importing.training_sets.collection import Image, Part, Pixels
from slidelens.importing.training_sets.finding import files_in, not_found
from slidelens.importing.training_sets.folders import common_type
from slidelens.importing.training_sets.images import ImageFile, read_header, read_image
from slidelens.params.messages import problem_of
from slidelens.resources import require_memory, require_readable_file
from slidelens.types import Shapes

log = logging.getLogger(__name__)

_EXPECTED = "one JSON file of annotations, with the images beside it or in images/"
_BEYOND = 0.1  # of the image's side, by which an outline may reach beyond its edge
_IN_MEMORY = 20  # bytes in memory for a byte of JSON


class _ImageRow(pydantic.BaseModel):
    id: int | str
    file_name: str
    width: pydantic.PositiveInt
    height: pydantic.PositiveInt


class _Annotation(pydantic.BaseModel):
    id: int | str | None = None
    image_id: int | str
    category_id: int | str
    segmentation: Any = None


class _Category(pydantic.BaseModel):
    id: int | str
    name: str


class _Document(pydantic.BaseModel):
    images: list[_ImageRow]
    annotations: list[_Annotation]
    categories: list[_Category]


def read_parts(
    path: Path,
    bands: Sequence[str] | None,
    band_names: Sequence[str] | None,
    category: str | None,
) -> list[Part]:
    """Return the images of an annotation file; images without outlines hold no landslide.

    Args:
        path: The JSON file, or a folder with one.
        bands: Names of the bands to take; None: all of the first image.
        band_names: Names of the bands in file order; None: those of the files.
        category: Name of the category of landslides; None: the only one.

    Raises:
        SceneError: The path holds something else, or an image is missing.
        InventoryError: An outline cannot be read.
        ParamsError: There is no such category or band.
    """
    found = files_in(path, (".json",)) if path.is_dir() else [path]
    if len(found) != 1:
        raise not_found(path, _EXPECTED, "the file of annotations")
    document = _read_document(found[0])
    outlines = _outlines(document, _category(document, category, found[0]), found[0])
    headers, images = [], []
    for row in document.images:
        header = read_header(_find(row.file_name, found[0]), band_names)
        if header.shape != (row.height, row.width):
            raise SceneError(
                f"{header.path} has {header.shape[0]} × {header.shape[1]} pixels and"
                f" {found[0].name} says {row.height} × {row.width}; give the annotated images"
            )
        headers.append(header)
    if not headers:
        raise SceneError(f"{found[0]} lists no image; give another file")
    names = choose_bands(headers[0].names, bands).names
    for row, header in zip(document.images, headers, strict=True):
        read = partial(_read, header, outlines[row.id], names)
        images.append(Image(row.file_name, header.shape, read))
    return [Part("", images, names, common_type(headers), "as in the files")]


def _read_document(path: Path) -> _Document:
    require_readable_file(path, "annotation file", SceneError)
    require_memory(_IN_MEMORY * path.stat().st_size, f"reading {path}", "split it")
    try:
        document = _Document.model_validate_json(path.read_bytes())
    except pydantic.ValidationError as error:
        problem = problem_of(error, _Document)
        if error.errors()[0]["type"] == "json_invalid":
            problem = "it is no JSON"
        raise SceneError(
            f"{path} is no COCO file: {problem}; expected are images, annotations and categories"
        ) from None
    numbers = [row.id for row in document.images]
    if len(set(numbers)) < len(numbers):
        raise SceneError(f"{path} has two images of one id; give each image its own")
    return document


def _category(document: _Document, wanted: str | None, path: Path) -> set[int | str]:
    """Return the ids of the category of landslides; some programs list one name twice."""
    names = _names_by_id(document, path)
    listed = list(dict.fromkeys(names.values()))
    used = {names[annotation.category_id] for annotation in document.annotations}
    candidates = [name for name in listed if name in used] or listed
    chosen = wanted
    if wanted is None and len(candidates) == 1:
        chosen = candidates[0]
        log.info("%s: landslides are the category %s", path, chosen)
    if chosen not in listed:
        there = ", ".join(listed) or "none"
        wish = "say which one is landslides" if wanted is None else f"{wanted} is none of them"
        raise ParamsError(f"{path} has the categories {there}; {wish} (--category)")
    return {number for number, name in names.items() if name == chosen}


def _names_by_id(document: _Document, path: Path) -> dict[int | str, str]:
    """Return the name of each category.

    Raises:
        SceneError: Two categories have one id.
        InventoryError: An annotation is of a category that is not listed.
    """
    names: dict[int | str, str] = {}
    for category in document.categories:
        if names.setdefault(category.id, category.name) != category.name:
            raise SceneError(
                f"{path}: the categories {names[category.id]} and {category.name} have one id,"
                f" {category.id}; give each its own"
            )
    for number, annotation in enumerate(document.annotations):
        if annotation.category_id not in names:
            raise InventoryError(
                f"{_where(path, number, annotation)} is of category {annotation.category_id!r}, and"
                f" listed are {', '.join(map(repr, names)) or 'none'}; correct the file"
            )
    return names


def _where(path: Path, number: int, annotation: _Annotation) -> str:
    """Return what to call an annotation in messages: its id, or its number in the file."""
    return f"{path}: annotation {number if annotation.id is None else annotation.id}"


def _find(name: str, annotations: Path) -> Path:
    """Return the path of an image, which must lie below the folder of the training set."""
    root, folders = _image_folders(annotations)
    for folder in folders:
        path = folder / name
        try:
            inside = path.resolve().is_relative_to(root.resolve())
        except (OSError, ValueError, RuntimeError):
            inside = False
        if not inside:
            raise SceneError(f"the image {name[:200]!r} lies outside {root}; copy it there")
        if path.is_file():
            return path
    listed = " or ".join(str(folder) for folder in folders)
    raise SceneError(f"there is no image {name} in {listed}; copy it there")


def _image_folders(annotations: Path) -> tuple[Path, list[Path]]:
    """Return the folder of a training set, and where its images may be (COCO, CVAT, Roboflow)."""
    folder = annotations.absolute().parent
    if folder.name.lower() != "annotations":
        return annotations.parent, [annotations.parent / "images", annotations.parent]
    root, split = folder.parent, annotations.stem.removeprefix("instances_")
    images = root / "images"
    return root, [images / split, images, root / split, root, folder / "images", folder]


def _outlines(
    document: _Document, categories: set[int | str], path: Path
) -> defaultdict[int | str, list[shapely.Geometry]]:
    """Return the outlines of each image, in pixels."""
    known = {row.id: row for row in document.images}
    outlines: defaultdict[int | str, list[shapely.Geometry]] = defaultdict(list)
    for number, annotation in enumerate(document.annotations):
        if annotation.category_id not in categories:
            continue
        where = _where(path, number, annotation)
        if annotation.image_id not in known:
            raise InventoryError(f"{where} is of an image that is not listed; copy the file again")
        shape = _shape(annotation.segmentation, known[annotation.image_id], where)
        outlines[annotation.image_id].append(shape)
    return outlines


def _shape(segmentation: Any, row: _ImageRow, where: str) -> shapely.Geometry:
    if isinstance(segmentation, dict):
        raise InventoryError(
            f"{where} is written in run lengths (RLE); write outlines, for example with"
            " `pycocotools` and `cv2.findContours`"
        )
    try:
        rings = [np.asarray(ring, np.float64).reshape(-1, 2) for ring in segmentation]
        shapes = [shapely.Polygon(ring) for ring in rings]
    except (TypeError, ValueError):
        shapes = []
    if not shapes or not all(shapely.is_empty(s) or np.isfinite(s.bounds).all() for s in shapes):
        raise InventoryError(f"{where} has no outline; expected are rings [x1, y1, x2, y2, …]")
    _require_inside(shapely.total_bounds(shapes).tolist(), row, where)
    shape = shapely.union_all(shapely.make_valid(np.array(shapes, object)))
    if shapely.area(shape) == 0:
        raise InventoryError(f"{where} has no area; draw it again, or take it away")
    return shape


def _require_inside(bounds: Sequence[float], row: _ImageRow, where: str) -> None:
    """Refuse an outline beside its image, or far beyond an edge; others are cut off at the edge."""
    left, top, right, bottom = bounds
    beyond = max(
        -left / row.width, right / row.width - 1, -top / row.height, bottom / row.height - 1
    )
    is_beside = right <= 0 or left >= row.width or bottom <= 0 or top >= row.height
    if beyond > _BEYOND or is_beside:
        raise InventoryError(
            f"{where} reaches from x {left:g}, y {top:g} to x {right:g}, y {bottom:g}, and its"
            f" image {row.file_name} has {row.width} × {row.height} pixels; give the annotated"
            " images, or outlines in pixels"
        )


def _read(header: ImageFile, outlines: Sequence[Any], bands: Sequence[str]) -> Pixels:
    values, valid = read_image(header, bands)
    shapes: Shapes = np.empty(len(outlines), object)
    shapes[:] = list(outlines)
    return Pixels(values, valid, shapes)
