"""An imported training set is a study that `prepare` takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import yaml

import slidelens as sl
from slidelens.dataset.prepared import read_prepared
from slidelens.errors import ParamsError
from slidelens.stages.prepare import prepare
from support.studies import Date, params_for, write_study
from support.training_sets import SIDE, write_landslide4sense


@pytest.mark.parametrize("argument", ["bands", "band_names", "regions"])
def test_a_text_is_not_read_letter_by_letter(tmp_path: Path, argument: str) -> None:
    given: dict[str, Any] = {argument: "red"}
    with pytest.raises(ParamsError, match=f"{argument} is the text 'red'; give a list"):
        sl.import_dataset("coco", tmp_path, tmp_path / "study", **given)


def test_tiles_lie_side_by_side_with_their_own_pixels_and_landslides(tmp_path: Path) -> None:
    source = write_landslide4sense(tmp_path / "L4S", 5)
    imported = sl.import_dataset("landslide4sense", source, tmp_path / "study", tile_px=SIDE)
    scene, inventory = imported.files
    with rasterio.open(scene) as dataset:
        assert dataset.shape == (2 * SIDE, 3 * SIDE)
        assert dataset.descriptions == ("red", "green", "blue", "nir")
        pixels, seen = dataset.read(), dataset.dataset_mask() > 0
        tile = pixels[:, SIDE:, :SIDE]
        assert seen.reshape(2, SIDE, 3, SIDE).all(axis=(1, 3)).tolist() == [
            [True, True, True],
            [True, True, False],
        ]
        assert not seen[SIDE:, 2 * SIDE :].any()
        assert not pixels[:, SIDE:, 2 * SIDE :].any()
        transform = dataset.transform
    np.testing.assert_allclose(tile[:, 20:, 20:].mean(axis=(1, 2)), [4, 3, 2, 8], atol=0.1)
    frame = sl.read_inventory(inventory)
    assert frame["tile"].tolist() == [2, 3, 4, 5]
    assert frame.area.tolist() == [100 * (4 + i) ** 2 for i in range(1, 5)]
    assert frame.geometry[2].bounds[::3] == transform @ (0, SIDE)


def test_prepare_takes_the_mosaic_for_pretraining(tmp_path: Path) -> None:
    root = tmp_path / "raw"
    write_study(root, {"2013": Date()})
    source = write_landslide4sense(tmp_path / "L4S", 6)
    imported = sl.import_dataset(
        "landslide4sense", source, root, bands=["green", "red", "nir"], tile_px=SIDE
    )
    lines = yaml.safe_load(imported.parameters)["study"]
    params = params_for(root, ["2013"], study__pretrain=lines["pretrain"])
    prepare(params, tmp_path / "prepared")
    prepared = read_prepared(tmp_path / "prepared/pretrain")
    assert prepared.tile_px == SIDE
    assert prepared.labels.shape == (2 * SIDE, 3 * SIDE)
    assert (prepared.labels == 1).sum() == sum((4 + i) ** 2 for i in range(1, 6))
