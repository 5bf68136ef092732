"""The stages on a tiny study of four dates.

Ordinary, without landslides, without inventory, half nodata.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from slidelens.dataset.parts import TEST, TRAIN
from slidelens.dataset.prepared import read_prepared
from slidelens.errors import OutputError, WeightsError
from slidelens.files import read_json
from slidelens.geo.vectors.inventory import read_inventory
from slidelens.layers.probability import read_probability
from slidelens.learning.inference.weights import read_weights_metadata
from slidelens.params.loading import parse_params
from slidelens.params.schema import Params
from slidelens.stages import evaluate as evaluate_stage
from slidelens.stages.density import density
from slidelens.stages.evaluate import evaluate
from slidelens.stages.finetune import finetune
from slidelens.stages.prepare import prepare
from support.studies import DATES, params_for, tree, write_study

Study = tuple[Path, Params]


@pytest.fixture(scope="module")
def mapped(pretrained: Study, store: str, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """All four dates fine-tuned, evaluated and brought together."""
    folder = tmp_path_factory.mktemp("mapped") / "study"
    shutil.copytree(pretrained[0], folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", store)
        for date in DATES:
            finetune(pretrained[1], date, folder)
            evaluate(pretrained[1], date, folder)
        density(pretrained[1], folder)
    return folder, pretrained[1]


@pytest.fixture(autouse=True)
def runs(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)


def test_a_map_that_cannot_be_written_is_known_before_mapping(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/maps").write_text("a file where the folder should be")
    with pytest.raises(OutputError, match="cannot write .*/data/maps/"):
        evaluate(params_for(tmp_path, list(DATES)), "2013", tmp_path)


def test_the_same_ground_is_in_the_same_part_at_every_date(pretrained: Study) -> None:
    parts = [read_prepared(pretrained[0] / "data/prepared" / date).split_map for date in DATES]
    assert all((part == parts[0]).all() for part in parts)
    assert {TRAIN, TEST} < set(np.unique(parts[0]))


def test_a_date_with_landslides_has_scores(mapped: Study) -> None:
    scores = read_json(mapped[0] / "data/maps/2013/scores.json")
    assert scores["after"]["f1"] > 0.5
    assert scores["after"]["why"] is None
    assert read_weights_metadata(mapped[0] / "models/2013.weights.h5").trained_on == (
        "pretrain",
        "2013",
    )


def test_a_date_without_landslides_has_no_f1_and_says_why(mapped: Study) -> None:
    scores = read_json(mapped[0] / "data/maps/2014/scores.json")["after"]
    assert scores["f1"] is None
    assert scores["loss"] is None
    assert scores["why"] == "no landslide in the test blocks"
    assert scores["false_alarm_m2_per_km2"] >= 0


def test_a_date_without_inventory_is_mapped_with_the_pretrained_weights(mapped: Study) -> None:
    scores = read_json(mapped[0] / "data/maps/2015/scores.json")["after"]
    assert scores["f1"] is None
    assert scores["why"] == "no known ground in the test blocks"
    assert (mapped[0] / "models/2015.weights.h5").read_bytes() == (
        mapped[0] / "models/pretrained.weights.h5"
    ).read_bytes()
    assert len(read_inventory(mapped[0] / "data/maps/2015/inventory.gpkg")) > 0


def test_nothing_is_mapped_on_nodata(mapped: Study) -> None:
    _, seen, grid = read_probability(mapped[0] / "data/maps/2016/probability.tif")
    assert 0.3 < seen.mean() < 0.7
    inventory = read_inventory(mapped[0] / "data/maps/2016/inventory.gpkg")
    edge = grid.transform.c + np.flatnonzero(seen.any(axis=0)).max() * grid.pixel_m + grid.pixel_m
    assert inventory.empty or inventory.total_bounds[2] <= edge + 1e-6


def test_the_tables_hold_null_where_there_is_nothing_to_say(mapped: Study) -> None:
    f1 = read_json(mapped[0] / "metrics/f1.json")
    assert list(f1["f1"]) == [*DATES, "mean"]
    assert f1["f1"]["2014"] is None
    assert f1["f1"]["2015"] is None
    known = [value for date, value in f1["f1"].items() if value is not None and date != "mean"]
    assert f1["f1"]["mean"] == pytest.approx(sum(known) / len(known))
    # 2014 has no landslide: its precision is not in the mean
    scored = [date for date in DATES if f1["f1"][date] is not None]
    assert "2014" not in scored
    assert f1["precision"]["mean"] == pytest.approx(
        sum(f1["precision"][date] for date in scored) / len(scored)
    )
    table = read_json(mapped[0] / "metrics/density.json")["density"]
    assert table["2013"]["manual_count"] == 20
    assert table["2014"]["manual_count"] == 0
    assert table["2015"]["manual_count"] is None
    assert table["2015"]["predicted_count"] > 0
    assert not (mapped[0] / "data/density/2015/manual.tif").exists()


def test_pieces_are_counted_before_and_after_joining(mapped: Study) -> None:
    table = read_json(mapped[0] / "metrics/density.json")["density"]
    for date in DATES:
        told = read_json(mapped[0] / f"data/maps/{date}/scores.json")["fragments"]
        inventory = read_inventory(mapped[0] / f"data/maps/{date}/inventory.gpkg")
        assert told["merged"] == len(inventory) == table[date]["predicted_count"]
        assert told["raw"] == table[date]["predicted_raw_count"] >= told["merged"]
        assert told["manual"] == table[date]["manual_count"]
        assert table[date]["predicted_raw_total_area_m2"] == pytest.approx(
            table[date]["predicted_total_area_m2"]
        )
        assert (table[date]["predicted_raw_peak_per_km2"] or 0) >= (
            table[date]["predicted_peak_per_km2"] or 0
        )
    assert (
        1
        <= table["2013"]["predicted_merged_pieces_per_landslide"]
        <= table["2013"]["predicted_raw_pieces_per_landslide"]
    )
    assert table["2015"]["predicted_raw_pieces_per_landslide"] is None


def test_pieces_are_joined_by_the_parameters(mapped: Study, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(mapped[0], folder)
    apart, together = mapped[1].model_dump(by_alias=True), mapped[1].model_dump(by_alias=True)
    apart["evaluate"]["fragments"] |= {"max_gap_m": 0, "max_hole_m2": 0}
    together["evaluate"]["fragments"] |= {
        "max_gap_m": 1000,
        "max_angle_deg": 90,
        "minimum_support_by_axis": 0,
    }
    counts = {}
    for name, values in (("apart", apart), ("together", together)):
        evaluate(parse_params(values), "2013", folder)
        counts[name] = read_json(folder / "data/maps/2013/scores.json")["fragments"]
    assert counts["apart"]["merged"] == counts["apart"]["raw"] == counts["together"]["raw"] > 1
    assert counts["together"]["merged"] == 1


def test_smoothed_outlines_are_shorter_and_of_the_same_area(mapped: Study, tmp_path: Path) -> None:
    folder, path = tmp_path / "study", "data/maps/2013/inventory.gpkg"
    shutil.copytree(mapped[0], folder)
    values = mapped[1].model_dump(by_alias=True)
    values["evaluate"]["smoothing_m"] = 10
    evaluate(parse_params(values), "2013", folder)
    stepped, smooth = (read_inventory(root / path) for root in (mapped[0], folder))
    assert smooth.area.sum() == pytest.approx(stepped.area.sum(), rel=1e-3)
    assert smooth.length.sum() < 0.95 * stepped.length.sum()
    assert np.allclose(smooth["area_m2"], smooth.area, atol=0.1)


def test_small_polygons_are_left_out(mapped: Study) -> None:
    areas = read_inventory(mapped[0] / "data/maps/2013/inventory.gpkg").area
    assert areas.min() >= 200


def test_test_ground_changes_nothing_that_is_learnt(pretrained: Study, tmp_path: Path) -> None:
    """Poisoned test pixels.

    Statistics, weights and threshold stay the same to the bit where nothing of them is used.
    """
    from slidelens.learning.data.patches import batches
    from slidelens.learning.data.pixels import read_pixels
    from slidelens.learning.data.tiles import validation_tiles
    from slidelens.learning.data.training_data import hide_outside

    prepared = read_prepared(pretrained[0] / "data/prepared/2013")
    parts = prepared.split_map
    clean, poisoned = prepared.standardised(), prepared.standardised()
    poisoned[parts == TEST] = 1e6
    params = pretrained[1]
    for learnt, shown in (
        (parts == TRAIN, parts == TRAIN),
        (parts == 2, (parts == TRAIN) | (parts == 2)),
    ):
        grounds = [
            hide_outside(pixels, prepared.labels, shown, learnt) for pixels in (clean, poisoned)
        ]
        seen = [read_pixels(ground.pixels) for ground in grounds]
        assert np.array_equal(seen[0], seen[1])
        tiles = [validation_tiles(ground, 16) for ground in grounds]
        assert np.array_equal(tiles[0].pixels, tiles[1].pixels)
        draws = [batches(ground, params.learning, 4, 1) for ground in grounds]
        for _ in range(5):
            assert np.array_equal(next(draws[0])[0], next(draws[1])[0])


def test_a_failure_half_way_leaves_what_was_there(
    mapped: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "study"
    shutil.copytree(mapped[0], folder)
    before = tree(folder / "data/maps")

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(evaluate_stage, "write_overview", fail)
    with pytest.raises(KeyboardInterrupt):
        evaluate(mapped[1], "2013", folder)
    assert tree(folder / "data/maps") == before


def test_weights_of_another_architecture_are_refused(mapped: Study) -> None:
    other = parse_params(mapped[1].model_dump(by_alias=True) | {"filters": 8})
    with pytest.raises(
        WeightsError, match="holds a unet with 4 filters .* params.yaml asks for a unet with 8"
    ):
        evaluate(other, "2013", mapped[0])


def test_weights_that_are_a_pipe_are_refused_before_they_are_read(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    os.mkfifo(tmp_path / "models/pretrained.weights.h5")
    with pytest.raises(WeightsError, match="pretrained.weights.h5 is a device or a pipe"):
        evaluate(params_for(tmp_path / "raw", ["2013"]), "2013", tmp_path)


def test_adding_a_date_leaves_the_others_as_they_were(tmp_path: Path) -> None:
    from support.studies import Date

    write_study(tmp_path / "raw", {"2013": Date(), "2014": Date(), "2015": Date()})
    prepare(params_for(tmp_path / "raw", ["2013", "2014"]), tmp_path / "two")
    prepare(
        params_for(tmp_path / "raw", ["2013", "2014", "2015"], split__dates=["2013", "2014"]),
        tmp_path / "three",
    )
    for name in ("2013", "2014", "pretrain"):
        assert tree(tmp_path / "two" / name) == tree(tmp_path / "three" / name)
    assert (tmp_path / "three/2015/labels.tif").exists()
