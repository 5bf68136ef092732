"""Files between the stages that were emptied, cut or edited: every reader says it in one line.

Each file of a finished study is damaged in several ways; then everything is read that the later
stages and the report read, and the stage that reads the file first is run.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from pydantic import BaseModel

from slidelens.analysis.lifecycle.rules import LifecycleRules
from slidelens.dataset.prepared import read_prepared
from slidelens.errors import SlidelensError
from slidelens.geo.vectors.inventory import read_inventory
from slidelens.intermediate.reading import read_checked, read_numbers
from slidelens.intermediate.schemas import (
    HISTORY_COLUMNS,
    DateScores,
    Densities,
    F1Scores,
    PretrainScores,
)
from slidelens.layout import Layout
from slidelens.params.schema import Params
from slidelens.report.figures.charts.scores import read_curves
from slidelens.report.study_results import read_study_results
from slidelens.report.text.provenance import locked_hashes
from slidelens.stages.density import density
from slidelens.stages.evaluate import evaluate
from slidelens.stages.lifecycle import lifecycle
from slidelens.stages.revise import revise
from support.report.reported import write_results
from support.studies import Date

Study = tuple[Path, Params]
Damage = Callable[[Path], None]
DATE = "2013"
LOCK = {"stages": {"prepare": {"outs": [{"path": "data/prepared", "md5": "0"}]}}}


@pytest.fixture(scope="module")
def sound(store: str, tmp_path_factory: pytest.TempPathFactory) -> Study:
    root = tmp_path_factory.mktemp("sound")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", store)
        params = write_results(root, {DATE: Date()})
    (root / "dvc.lock").write_text(json.dumps(LOCK))
    return root, params


@pytest.fixture
def study(sound: Study, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    """A copy to damage."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    return shutil.copytree(sound[0], tmp_path / "study"), sound[1]


def read_all(root: Path, params: Params) -> None:
    """Read what the report reads."""
    layout = Layout(root)
    read_study_results(params, layout)
    read_prepared(layout.prepared_date("pretrain"))
    for name in ("pretrain", *params.dates):
        read_numbers(layout.history(name), HISTORY_COLUMNS)
    for date in params.dates:
        read_curves(layout.map_date(date) / "precision_recall.csv")
    locked_hashes(root / "dvc.lock", without="report")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: max(10, path.stat().st_size // 3)])


def random(path: Path) -> None:
    path.write_bytes(np.random.default_rng(1).bytes(5000))


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


FILES = [
    *(f"data/prepared/{DATE}/{name}" for name in ("scene.tif", "labels.tif", "split.tif")),
    *(f"data/prepared/{DATE}/{name}" for name in ("statistics.json", "inventory.gpkg")),
    "data/prepared/pretrain/labels.tif",
    *(f"data/maps/{DATE}/{name}" for name in ("probability.tif", "inventory.gpkg")),
    *(f"data/maps/{DATE}/{name}" for name in ("scores.json", "precision_recall.csv")),
    f"data/density/{DATE}/predicted.tif",
    "data/lifecycle/landslides.gpkg",
    *(f"metrics/{name}.json" for name in ("f1", "density", "revised", "lifecycle", "pretrain")),
    f"metrics/history/{DATE}.csv",
    "metrics/history/pretrain.csv",
    "models/pretrained.weights.h5",
    "dvc.lock",
]


def test_a_sound_study_is_read(sound: Study) -> None:
    read_all(*sound)


@pytest.mark.parametrize("damage", [empty, cut, random, pipe], ids=lambda each: each.__name__)
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_named_with_a_remedy(study: Study, name: str, damage: Damage) -> None:
    root, params = study
    damage(root / name)
    with pytest.raises(SlidelensError) as caught:
        read_all(root, params)
    message = str(caught.value)
    assert str(root / name) in message
    assert "\n" not in message
    remedies = ("`dvc repro", "`git checkout", "copy it again", "give a file")
    assert any(remedy in message for remedy in remedies)


def changes(value: Any, where: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Places in a JSON value, each with what is put there; `...` takes the entry away."""
    wrong: list[Any] = [..., "text", [], {}, 1e300, True]
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from (((*where, key), bad) for bad in wrong)
            yield from changes(inner, (*where, key))


def put(value: Any, where: tuple[Any, ...], new: Any) -> Any:
    changed = json.loads(json.dumps(value))
    inner = changed
    for key in where[:-1]:
        inner = inner[key]
    if new is ...:
        del inner[where[-1]]
    else:
        inner[where[-1]] = new
    return changed


@pytest.mark.parametrize(
    "name",
    [
        f"data/prepared/{DATE}/statistics.json",
        f"data/maps/{DATE}/scores.json",
        "metrics/f1.json",
        "metrics/density.json",
        "metrics/pretrain.json",
    ],
)
def test_json_that_was_edited_is_read_or_refused_in_one_line(study: Study, name: str) -> None:
    root, _ = study
    path = root / name
    schemas: dict[str, type[BaseModel]] = {
        "scores": DateScores,
        "f1": F1Scores,
        "density": Densities,
        "pretrain": PretrainScores,
    }
    value, refused, tried = json.loads(path.read_text()), 0, 0
    for where, new in changes(value):
        path.write_text(json.dumps(put(value, where, new)))
        tried += 1
        try:
            if path.stem == "statistics":
                read_prepared(path.parent)
            else:
                read_checked(path, schemas[path.stem])
        except SlidelensError as error:
            refused += str(path) in str(error)
    assert refused > 0.5 * tried


def rewritten(path: Path, change: Callable[[Any], Any], **profile: Any) -> None:
    with rasterio.open(path) as dataset:
        values, own = change(dataset.read()), dataset.profile
    own.update(driver="GTiff", height=values.shape[1], width=values.shape[2], **profile)
    with rasterio.open(path, "w", **own) as dataset:
        dataset.write(values)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        *((f"data/prepared/{DATE}/{n}.tif", "smaller") for n in ("labels", "split", "scene")),
        (f"data/maps/{DATE}/probability.tif", "smaller"),
        (f"data/prepared/{DATE}/labels.tif", "other values"),
        (f"data/prepared/{DATE}/split.tif", "other values"),
        (f"data/prepared/{DATE}/labels.tif", "moved"),
        (f"data/prepared/{DATE}/split.tif", "moved"),
        *((f"data/density/{DATE}/predicted.tif", each) for each in ("smaller", "other values")),
    ],
)
def test_a_raster_of_another_size_place_or_kind(study: Study, name: str, change: str) -> None:
    root, params = study
    path = root / name
    if change == "smaller":
        rewritten(path, lambda values: values[:, :-16, :-16])
    elif change == "other values":
        rewritten(path, lambda values: np.full_like(values, -7 if values.dtype.kind == "f" else 77))
    else:
        with rasterio.open(path) as dataset:
            moved = dataset.transform @ rasterio.Affine.translation(3, 3)
        rewritten(path, lambda values: values, transform=moved)
    with pytest.raises(SlidelensError, match=f"{DATE}/.*run `dvc repro"):
        read_all(root, params)


@pytest.mark.parametrize(
    "name",
    [
        f"data/prepared/{DATE}/split.tif",
        f"data/prepared/{DATE}/inventory.gpkg",
        f"data/maps/{DATE}/probability.tif",
        f"data/maps/{DATE}/inventory.gpkg",
    ],
)
def test_the_stages_that_bring_dates_together_stop_too(study: Study, name: str) -> None:
    root, params = study
    before = (root / "metrics/density.json").read_bytes()
    cut(root / name)
    with pytest.raises(SlidelensError, match="run `dvc repro"):
        density(params, root)
    with pytest.raises(SlidelensError, match="run `dvc repro"):
        lifecycle(params.dates, LifecycleRules(), Layout(root), truth=root / "none")
    assert (root / "metrics/density.json").read_bytes() == before


@pytest.mark.parametrize(
    "name",
    [
        f"data/prepared/{DATE}/split.tif",
        f"data/prepared/{DATE}/labels.tif",
        f"data/maps/{DATE}/probability.tif",
        f"data/maps/{DATE}/scores.json",
    ],
)
def test_the_revision_stops_too(study: Study, name: str) -> None:
    root, params = study
    before = (root / "metrics/revised.json").read_bytes()
    cut(root / name)
    with pytest.raises(SlidelensError, match="run `dvc repro"):
        revise(params, Layout(root))
    assert (root / "metrics/revised.json").read_bytes() == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (f"data/prepared/{DATE}/split.tif", 0),
        (f"data/prepared/{DATE}/split.tif", 1),
        (f"data/prepared/{DATE}/labels.tif", 255),
        (f"data/maps/{DATE}/probability.tif", 0),
        (f"data/maps/{DATE}/probability.tif", 255),
    ],
)
def test_values_that_may_be_end_in_numbers_or_in_one_line(
    study: Study, name: str, value: int
) -> None:
    root, params = study
    rewritten(root / name, lambda values: np.full_like(values, value))
    works: list[Callable[[], None]] = [
        lambda: density(params, root),
        lambda: revise(params, Layout(root)),
        lambda: lifecycle(params.dates, LifecycleRules(), Layout(root), truth=root / "none"),
        lambda: read_all(root, params),
    ]
    for work in works:
        with contextlib.suppress(SlidelensError):
            work()


def test_a_map_of_another_type_and_landslides_of_another_crs(study: Study) -> None:
    root, params = study
    path = root / f"data/maps/{DATE}/inventory.gpkg"
    read_inventory(path).set_crs(32646, allow_override=True).to_file(path, layer="landslides")
    with pytest.raises(SlidelensError, match=r"it is in EPSG:32646, not EPSG:32645; run `dvc rep"):
        density(params, root)
    rewritten(root / f"data/maps/{DATE}/probability.tif", lambda v: v / 255, dtype="float64")
    with pytest.raises(SlidelensError, match=r"it is of float64, not of uint8; run `dvc repro"):
        density(params, root)


def test_evaluate_stops_at_prepared_data_and_weights_that_are_damaged(study: Study) -> None:
    root, params = study
    shutil.copy(root / "models/pretrained.weights.h5", root / f"models/{DATE}.weights.h5")
    with pytest.raises(SlidelensError, match="does not hold the weights that its metadata desc"):
        evaluate(params, DATE, root)
    empty(root / f"data/prepared/{DATE}/labels.tif")
    with pytest.raises(SlidelensError, match="run `dvc repro prepare`"):
        evaluate(params, DATE, root)
