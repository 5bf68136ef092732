"""COCO files: outlines and categories, and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import shapely

from slidelens.errors import InventoryError, ParamsError, SceneError, SlidelensError
from slidelens.importing.training_sets.coco import read_parts
from support.training_sets import write_coco


def test_outlines_are_those_of_the_file(tmp_path: Path) -> None:
    (part,) = read_parts(write_coco(tmp_path), None, None, None)
    with_outline, without = (image.read() for image in part.images)
    assert shapely.equals(with_outline.landslides[0], shapely.box(28, 4, 38, 12))
    assert len(without.landslides) == 0


@pytest.mark.parametrize("images", ["images/train", "images", "train"])
def test_annotations_may_have_a_folder_of_their_own(tmp_path: Path, images: str) -> None:
    source = write_coco(tmp_path / "source")
    shutil.copytree(source / "images", tmp_path / "set" / images)
    file = tmp_path / "set/annotations/instances_train.json"
    file.parent.mkdir()
    shutil.copy(source / "annotations.json", file)
    (part,) = read_parts(file, None, None, None)
    assert [image.read().values.shape for image in part.images] == [(32, 48, 3)] * 2
    shutil.rmtree(tmp_path / "set" / images)
    with pytest.raises(
        SceneError, match=r"no image a\.png in .*images/train or .*annotations; copy"
    ):
        read_parts(file, None, None, None)


@pytest.mark.parametrize(
    ("segmentation", "message"),
    [
        ({"counts": [4, 5], "size": [32, 48]}, "run lengths"),
        ([], "has no outline"),
        ([[1, 2, 3]], "has no outline"),
        ([[1, 1, 5, 5, 9, 9, 1, 1]], "has no area"),
        ("text", "has no outline"),
        (7, "has no outline"),
    ],
)
def test_what_is_no_outline_is_refused(tmp_path: Path, segmentation: Any, message: str) -> None:
    with pytest.raises(InventoryError, match=f"annotation 7 .*{message}"):
        read_parts(write_coco(tmp_path, segmentation), None, None, None)


@pytest.mark.parametrize(
    "ring",
    [
        [100, 1, 120, 1, 120, 9],
        [0, 0, 1e300, 0, 1e300, 1e300],
        [0.1, 0.1, 0.2, 0.1, -9, 0.3],
        [40, -9, 46, -9, 46, 3],
        [40, 20, 46, 20, 46, 40],
        [49, 4, 51, 4, 51, 9],  # hardly beyond the edge, but wholly
        [4, -2, 9, -2, 9, -1],
    ],
)
def test_an_outline_that_is_not_on_its_image_is_refused(tmp_path: Path, ring: list[float]) -> None:
    with pytest.raises(InventoryError, match=r"annotation 7 reaches .* a.png has 48 × 32 pixels"):
        read_parts(write_coco(tmp_path, [ring]), None, None, None)


def test_an_outline_may_reach_a_little_beyond_the_edge(tmp_path: Path) -> None:
    (part,) = read_parts(write_coco(tmp_path, [[40, 4, 49, 4, 49, 9, 40, 9]]), None, None, None)
    assert part.images[0].read().landslides[0].bounds == (40, 4, 49, 9)


def test_the_category_of_landslides_is_asked_for_where_several_are_marked(tmp_path: Path) -> None:
    path = write_coco(tmp_path, categories=("landslide", "house")) / "annotations.json"
    document = json.loads(path.read_text())
    document["annotations"].append(document["annotations"][0] | {"category_id": 2, "image_id": 2})
    path.write_text(json.dumps(document))
    with pytest.raises(ParamsError, match="categories landslide, house; say which"):
        read_parts(path, None, None, None)
    with pytest.raises(ParamsError, match="slide is none of them"):
        read_parts(path, None, None, "slide")
    (part,) = read_parts(path, None, None, "house")
    assert [len(image.read().landslides) for image in part.images] == [0, 1]


def _with(root: Path, **values: Any) -> Path:
    path = write_coco(root) / "annotations.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
    return path


def test_an_annotation_of_a_category_that_is_not_listed_is_refused(tmp_path: Path) -> None:
    path = _with(tmp_path, categories=[{"id": "1", "name": "landslide"}])
    with pytest.raises(InventoryError, match="annotation 7 is of category 1, and listed are '1'"):
        read_parts(path, None, None, None)


def test_two_categories_of_one_id_are_refused(tmp_path: Path) -> None:
    named = [{"id": 1, "name": "road"}, {"id": 1, "name": "landslide"}]
    with pytest.raises(SceneError, match="road and landslide have one id, 1"):
        read_parts(_with(tmp_path, categories=named), None, None, "landslide")


@pytest.mark.parametrize("category", [None, "landslide"])
def test_a_category_that_is_listed_twice_is_one(tmp_path: Path, category: str | None) -> None:
    named = [{"id": 1, "name": "landslide"}, {"id": 0, "name": "landslide"}]
    (part,) = read_parts(_with(tmp_path, categories=named), None, None, category)
    assert [len(image.read().landslides) for image in part.images] == [1, 0]


def test_images_outside_the_folder_are_not_read(tmp_path: Path) -> None:
    write_coco(tmp_path / "in", file_name="../../a.png")
    (tmp_path / "a.png").write_bytes((tmp_path / "in/images/a.png").read_bytes())
    with pytest.raises(SceneError, match="lies outside"):
        read_parts(tmp_path / "in", None, None, None)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"images": 3}', "[" * 10_000])
def test_what_is_no_coco_file_is_refused(tmp_path: Path, text: str) -> None:
    (write_coco(tmp_path) / "annotations.json").write_text(text)
    with pytest.raises(SlidelensError, match="is no COCO file") as refused:
        read_parts(tmp_path, None, None, None)
    assert "Field required" not in str(refused.value)
    assert "Input should" not in str(refused.value)
    assert "JSON:" not in str(refused.value)
