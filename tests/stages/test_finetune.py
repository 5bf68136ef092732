"""Stages `pretrain` and `finetune`.

What is learnt from, what is kept, and that test ground has no part in it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import label

from slidelens.dataset.parts import TEST, TRAIN, UNKNOWN, VALIDATION
from slidelens.dataset.prepared import Prepared, read_prepared
from slidelens.errors import OutputError, ParamsError, SceneError, WeightsError
from slidelens.learning.finetuning import nothing_to_learn, select_landslides
from slidelens.learning.inference.calibration import Calibration
from slidelens.learning.inference.weights import load_into, read_weights_metadata, save_weights
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.learning.training.averaging import blend_share
from slidelens.learning.training.fit import Fitted, fit, random_start
from slidelens.learning.training.settings import Settings, finetuning_settings
from slidelens.params.loading import parse_params
from slidelens.params.schema import Params
from slidelens.stages import pretrain as pretrain_stage
from slidelens.stages.finetune import finetune
from slidelens.stages.pretrain import pretrain
from support.studies import DATES, params_for, tree

Study = tuple[Path, Params]


@pytest.fixture(autouse=True)
def _store(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    quiet_tensorflow()


def short(params: Params, **changes: object) -> Params:
    """Two epochs of two steps."""
    values = params.model_dump(by_alias=True) | {"epochs": 2, "batch_size": 2}
    for section in ("pretrain", "finetune"):
        values[section] = values[section] | {"patches_per_epoch": 4}
    values["finetune"] = values["finetune"] | {"epochs": 2} | changes
    return parse_params(values)


def fitted(prepared: Prepared, params: Params) -> Fitted:
    settings = Settings(
        lr=params.lr,
        batch_size=params.batch_size,
        epochs=2,
        seed=params.seed,
        learning=params.learning,
        schedule=params.finetune,
    )
    return fit(prepared, params, settings, "2013", None, lambda *_: None)


@pytest.mark.parametrize("folder", ["models", "metrics"])
@pytest.mark.parametrize("stage", [pretrain, lambda params, root: finetune(params, "2013", root)])
def test_an_output_that_cannot_be_written_is_known_before_training(
    tmp_path: Path, stage: Callable[[Params, Path], None], folder: str
) -> None:
    params = params_for(tmp_path, list(DATES))
    (tmp_path / folder).write_text("a file where the folder should be")
    with pytest.raises(OutputError, match=f"cannot write .*/{folder}/"):
        stage(params, tmp_path)  # there are no data, which would be the next error


def test_a_date_that_params_do_not_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match="2099 is not one of the dates 2013, 2014, 2015, 2016"):
        finetune(params_for(tmp_path, list(DATES)), "2099", tmp_path)


def test_test_ground_has_no_part_in_training_and_the_rest_does(two_layers: Study) -> None:
    """Absurd pixels and inverted labels in test blocks change no weight, threshold or score."""
    clean = read_prepared(two_layers[0] / "data/prepared/2013")
    test = clean.split_map == TEST
    pixels = np.where(test[..., None], np.float32(1e9), clean.scene.pixels)
    labels = np.where(test & (clean.labels != UNKNOWN), 1 - clean.labels, clean.labels).astype(
        np.uint8
    )
    poisoned = replace(clean, scene=replace(clean.scene, pixels=pixels), labels=labels)
    one, other = (fitted(ground, short(two_layers[1])) for ground in (clean, poisoned))
    assert same(one, other)
    for ours, theirs in zip(one.network.get_weights(), other.network.get_weights(), strict=True):
        np.testing.assert_allclose(
            ours, theirs, rtol=1e-3, atol=1e-5
        )  # threads share the sums as they come
    pixels = clean.scene.pixels + 500 * (clean.split_map == TRAIN)[..., None].astype(np.float32)
    assert not same(
        one, fitted(replace(clean, scene=replace(clean.scene, pixels=pixels)), short(two_layers[1]))
    )


def same(one: Fitted, other: Fitted) -> bool:
    losses = [[row["val_loss"] for row in fit.history.rows] for fit in (one, other)]
    return (
        one.metadata == other.metadata
        and one.history.best == other.history.best
        and losses[0] == pytest.approx(losses[1], rel=1e-4)
    )


def test_why_a_date_is_not_trained_on(pretrained: Study) -> None:
    ground, params = read_prepared(pretrained[0] / "data/prepared/2013"), pretrained[1]
    assert nothing_to_learn(ground, params) is None
    assert nothing_to_learn(replace(ground, inventory=None), params) == "there is no inventory"
    unseen = np.where(ground.split_map == TRAIN, UNKNOWN, ground.labels).astype(np.uint8)
    assert (
        nothing_to_learn(replace(ground, labels=unseen), params)
        == "there is no landslide in the train blocks"
    )
    unseen = np.where(ground.split_map == VALIDATION, UNKNOWN, ground.labels).astype(np.uint8)
    assert (
        nothing_to_learn(replace(ground, labels=unseen), params)
        == "there is no known ground in the validation blocks"
    )
    assert nothing_to_learn(ground, short(params, epochs=0)) == "finetune.epochs is 0"


@pytest.mark.parametrize("date", ["2014", "2015"])
def test_a_date_withnothing_to_learn_keeps_the_weights_and_has_an_empty_history(
    pretrained: Study, tmp_path: Path, date: str
) -> None:
    shutil.copytree(pretrained[0], tmp_path, dirs_exist_ok=True)
    finetune(pretrained[1], date, tmp_path)
    assert (tmp_path / f"models/{date}.weights.h5").read_bytes() == (
        tmp_path / "models/pretrained.weights.h5"
    ).read_bytes()
    assert (
        tmp_path / f"metrics/history/{date}.csv"
    ).read_text() == "epoch,loss,val_loss,val_f1,val_precision,val_recall,lr\n"


@pytest.mark.parametrize("start", ["pretrained", None])
def test_validation_blocks_without_landslides_are_told(
    two_layers: Study, start: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    folder, params = two_layers
    ground = read_prepared(folder / "data/prepared/2013")
    bare = np.where((ground.split_map == VALIDATION) & (ground.labels == 1), 0, ground.labels)
    path = None if start is None else folder / f"models/{start}.weights.h5"
    settings, line = finetuning_settings(params), "2013: the validation blocks hold no landslide"
    fit(ground, params, settings, "2013", path, lambda *_: None)
    assert line not in caplog.text
    ground = replace(ground, labels=bare.astype(np.uint8))
    fit(ground, params, settings, "2013", path, lambda *_: None)
    assert caplog.text.count(line) == 1


def test_a_date_may_start_from_another(pretrained: Study, tmp_path: Path) -> None:
    shutil.copytree(pretrained[0], tmp_path, dirs_exist_ok=True)
    starts = {"2013": "2016", "2014": "pretrained", "2015": "2013", "2016": "pretrained"}
    params = parse_params(
        short(pretrained[1]).model_dump(by_alias=True)
        | {
            "finetune": short(pretrained[1]).model_dump(by_alias=True)["finetune"]
            | {"from": starts}
        }
    )
    with pytest.raises(WeightsError, match=r"there are no weights .*models/2013.weights.h5"):
        finetune(params, "2015", tmp_path)
    shutil.copy(tmp_path / "models/pretrained.weights.h5", tmp_path / "models/2013.weights.h5")
    finetune(params, "2015", tmp_path)
    assert (tmp_path / "models/2015.weights.h5").exists()


def tuned(params: Params, **changes: object) -> Params:
    """The parameters of a short training with other ones in `finetune`."""
    values = short(params).model_dump(by_alias=True)
    return parse_params(values | {"finetune": values["finetune"] | changes})


def test_a_date_may_start_from_scratch(two_layers: Study, tmp_path: Path) -> None:
    shutil.copytree(two_layers[0], tmp_path, dirs_exist_ok=True)
    starts = dict.fromkeys(two_layers[1].dates, "pretrained")
    finetune(tuned(two_layers[1], **{"from": starts | {"2013": "scratch"}}), "2013", tmp_path)
    assert read_weights_metadata(tmp_path / "models/2013.weights.h5").trained_on == ("2013",)
    with pytest.raises(
        ParamsError,
        match="there is no inventory, and weights from scratch know nothing; set "
        "finetune.from.2015 to pretrained",
    ):
        finetune(tuned(two_layers[1], **{"from": starts | {"2015": "scratch"}}), "2015", tmp_path)


def test_weights_lie_between_those_at_the_start_and_the_fine_tuned_ones(two_layers: Study) -> None:
    """A quarter of the way is a quarter of every weight's change.

    Random weights are not worth keeping a part of.
    """
    ground, folder = read_prepared(two_layers[0] / "data/prepared/2013"), two_layers[0] / "models"

    def weights(start: str, share: float) -> list[Any]:
        params = tuned(two_layers[1], blend=share, blend_px=0, lr_share=1.0)
        fitted = fit(
            ground,
            params,
            finetuning_settings(params),
            "2013",
            folder / f"{start}.weights.h5",
            lambda epoch, row: None,
        )
        weights: list[Any] = fitted.network.get_weights()
        return weights

    first, _ = random_start(read_weights_metadata(folder / "pretrained.weights.h5"), 1)
    load_into(first, folder / "pretrained.weights.h5")
    for start, quarter, whole in zip(
        first.get_weights(), weights("pretrained", 0.25), weights("pretrained", 1.0), strict=True
    ):
        np.testing.assert_allclose(
            quarter - start, 0.25 * (whole - start), atol=1e-4
        )  # threads share the sums as they come
    for part, whole in zip(weights("scratch", 0.25), weights("scratch", 1.0), strict=True):
        np.testing.assert_allclose(part, whole, atol=1e-4)


@pytest.mark.parametrize(
    ("pixels", "blend", "blend_px", "share"),
    [(250, 1, 1000, 0.2), (9000, 0.75, 1000, 0.75), (3, 0.75, 0, 0.75)],
)
def test_few_landslide_pixels_to_train_on_move_the_weights_less(
    pretrained: Study, pixels: int, blend: float, blend_px: float, share: float
) -> None:
    labels = np.full((100, 100), UNKNOWN, np.uint8)
    labels.flat[: pixels + 500] = 0
    labels.flat[:pixels] = 1
    settings = finetuning_settings(tuned(pretrained[1], blend=blend, blend_px=blend_px))
    assert blend_share(labels, settings) == pytest.approx(share)


def _without_head(folder: Path, path: Path) -> Path:
    """Weights from which any training is a gain.

    The pretrained ones, but for the last layer, which tells nothing.
    """
    metadata = read_weights_metadata(folder / "models/pretrained.weights.h5")
    network, _ = random_start(metadata, 1)
    load_into(network, folder / "models/pretrained.weights.h5")
    head = network.get_layer("probability")
    head.set_weights([np.zeros_like(weights) for weights in head.get_weights()])
    save_weights(network, metadata, path)
    return path


def test_weights_go_only_as_far_as_the_landslides_of_the_train_blocks_carry(
    two_layers: Study, tmp_path: Path
) -> None:
    """As many pixels as blend_px: half of the way, whatever blend would allow.

    Landslides of other blocks do not count.
    """
    ground, start = (
        read_prepared(two_layers[0] / "data/prepared/2013"),
        _without_head(two_layers[0], tmp_path / "start.weights.h5"),
    )
    pixels = int(((ground.labels == 1) & (ground.split_map == TRAIN)).sum())
    changes: dict[float, list[Any]] = {}
    first, _ = random_start(read_weights_metadata(start), 1)
    load_into(first, start)
    for blend_px in (0, pixels):
        params = tuned(two_layers[1], blend=1, blend_px=blend_px, lr_share=1.0)
        network = fit(
            ground, params, finetuning_settings(params), "2013", start, lambda epoch, row: None
        ).network
        changes[blend_px] = [
            used - old for used, old in zip(network.get_weights(), first.get_weights(), strict=True)
        ]
    for whole, half in zip(changes[0], changes[pixels], strict=True):
        np.testing.assert_allclose(half, 0.5 * whole, atol=1e-4)
    assert any(np.abs(whole).max() > 0.01 for whole in changes[0])


def test_few_landslides_to_validate_with_keep_the_calibration(
    two_layers: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, params = two_layers
    ground = read_prepared(folder / "data/prepared/2013")
    start = folder / "models/pretrained.weights.h5"
    pixels = int((ground.labels[ground.split_map == VALIDATION] == 1).sum())
    fitted = {}
    for name, fewest in (("few", pixels + 1), ("enough", pixels)):
        monkeypatch.setattr("slidelens.learning.training.fit.MIN_LANDSLIDE_PIXELS", fewest)
        fitted[name] = fit(
            ground, params, finetuning_settings(params), "2013", start, lambda epoch, row: None
        ).metadata
    before = read_weights_metadata(start).calibration
    assert fitted["few"].calibration == before != fitted["enough"].calibration
    few, enough = (each.calibration.output(each.threshold) for each in fitted.values())
    assert few == pytest.approx(enough, abs=1e-4)  # of the output
    assert fitted["few"].trained_on == fitted["enough"].trained_on == ("pretrain", "2013")


@pytest.mark.parametrize("start", ["pretrained", "scratch", None])
def test_the_threshold_of_a_start_is_judged_on_training_ground_too(
    two_layers: Study, monkeypatch: pytest.MonkeyPatch, start: str | None
) -> None:
    """And on no pixel of the test blocks; that of a pretraining on validation blocks alone."""
    folder, params = two_layers
    ground = read_prepared(folder / "data/prepared/2013")
    judged: dict[str, int] = {"tuned": 0, "plain": 0}
    weights: list[float] = []

    class Judge:
        def add(
            self, output: NDArray[np.float32], labels: NDArray[np.uint8], bare_weight: float = 1.0
        ) -> None:
            assert output.shape == labels.shape
            weights.append(bare_weight)
            judged["tuned"] += int((labels != UNKNOWN).sum())

        def choose(self) -> float:
            return 0.37

    def best(output: NDArray[np.float32], labels: NDArray[np.uint8], weights: None) -> float:
        judged["plain"] += int((labels != UNKNOWN).sum())
        return 0.37

    monkeypatch.setattr("slidelens.learning.training.fit.BestThreshold", Judge)
    monkeypatch.setattr("slidelens.learning.training.fit.best_threshold", best)
    path = None if start is None else folder / f"models/{start}.weights.h5"
    metadata = fit(
        ground,
        params,
        finetuning_settings(params),
        "2013",
        path,
        lambda epoch, row: None,
        labelled_share=0.3,
    ).metadata
    assert weights[:1] == ([] if start is None else [1.0])  # validation blocks hold all of theirs
    assert set(weights[1:]) == (set() if start is None else {0.3})
    train, validation = (
        int((ground.labels[ground.split_map == part] != UNKNOWN).sum())
        for part in (TRAIN, VALIDATION)
    )
    tuned = 0 if start is None else train + validation
    assert judged == {"tuned": tuned, "plain": validation if start is None else 0}
    assert metadata.threshold == pytest.approx(
        float(metadata.calibration(np.array(0.37, np.float32))), abs=1e-5
    )


def test_scratch_is_where_pretraining_began(pretrained: Study) -> None:
    """Random weights, the same for one seed, of the network and the bands of the pretrained one."""
    folder = pretrained[0] / "models"
    first, trained = (
        read_weights_metadata(folder / f"{name}.weights.h5") for name in ("scratch", "pretrained")
    )
    assert first == replace(trained, threshold=0.5, trained_on=(), calibration=Calibration())
    written, _ = random_start(trained, pretrained[1].seed + 1)
    load_into(written, folder / "scratch.weights.h5")
    again, metadata = random_start(trained, pretrained[1].seed)
    assert metadata == first
    for ours, theirs in zip(written.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_only_as_many_landslides_as_wished_are_learnt_from(pretrained: Study) -> None:
    ground = read_prepared(pretrained[0] / "data/prepared/2013")
    assert select_landslides(ground, pretrained[1]) is ground
    few = select_landslides(ground, tuned(pretrained[1], landslides=2))
    known = ground.labels != few.labels
    assert known.any()
    assert (ground.split_map[known] == TRAIN).all()
    assert (few.labels[known] == UNKNOWN).all()
    shapes, _ = label((few.labels == 1) & (few.split_map == TRAIN), np.ones((3, 3)))
    assert shapes.max() == 2
    unmapped = replace(ground, inventory=None)
    assert select_landslides(unmapped, tuned(pretrained[1], landslides=2)) is unmapped


def test_a_start_of_other_bands_is_no_damaged_file(pretrained: Study, tmp_path: Path) -> None:
    shutil.copytree(pretrained[0], tmp_path, dirs_exist_ok=True)
    start = tmp_path / "models/pretrained.weights.h5"
    metadata = read_weights_metadata(start)
    fewer = replace(
        metadata,
        statistics=replace(
            metadata.statistics,
            bands=metadata.statistics.bands[:-1],
            mean=metadata.statistics.mean[:-1],
            deviation=metadata.statistics.deviation[:-1],
        ),
    )
    network, fewer = random_start(fewer, 1)
    start.unlink()
    save_weights(network, fewer, start)
    with pytest.raises(WeightsError, match=r"the weights are of \d bands .*; run `dvc repro` to"):
        finetune(pretrained[1], "2013", tmp_path)


def test_the_share_of_landslides_that_is_learnt_from_is_told_to_the_threshold(
    pretrained: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []

    def fit_nothing(*_: object, labelled_share: float) -> None:
        told.append(labelled_share)
        raise KeyboardInterrupt

    monkeypatch.setattr("slidelens.stages.finetune.fit", fit_nothing)
    for number in (2, None):
        with pytest.raises(KeyboardInterrupt):
            finetune(tuned(pretrained[1], landslides=number), "2013", pretrained[0])
    ground = read_prepared(pretrained[0] / "data/prepared/2013")
    learnt = ground.labels[ground.split_map == TRAIN] == 1
    few = select_landslides(ground, tuned(pretrained[1], landslides=2))
    left = few.labels[ground.split_map == TRAIN] == 1
    assert told == [pytest.approx(left.sum() / learnt.sum()), 1.0]
    assert 0 < told[0] < 1


def test_frozen_layers_stay_as_pretraining_made_them(pretrained: Study, tmp_path: Path) -> None:
    shutil.copytree(pretrained[0], tmp_path, dirs_exist_ok=True)
    start = _without_head(pretrained[0], tmp_path / "models/pretrained.weights.h5")
    network, _ = random_start(read_weights_metadata(start), 1)
    changed = {}
    for which in ("none", "encoder", "all_but_head"):
        finetune(
            tuned(pretrained[1], freeze=which, encoder_lr_share=0.5, lr_share=1.0), "2013", tmp_path
        )
        layers = []
        for path in (start, tmp_path / "models/2013.weights.h5"):
            load_into(network, path)
            layers.append(
                {layer.name: layer.get_weights() for layer in network.layers if layer.weights}
            )
        # the running average of equal weights differs from them in its last digit
        same = {
            name
            for name in layers[0]
            if all(map(partial(np.allclose, rtol=1e-5, atol=0), layers[0][name], layers[1][name]))
        }
        changed[which] = {
            name.rstrip("0123456789").split("_")[0].rstrip("0123456789")
            for name in layers[0].keys() - same
        }
    assert changed == {
        "none": {"down", "up", "probability"},
        "encoder": {"up", "probability"},
        "all_but_head": {"probability"},
    }


def test_weights_of_another_architecture(pretrained: Study, tmp_path: Path) -> None:
    shutil.copytree(pretrained[0], tmp_path, dirs_exist_ok=True)
    other = parse_params(pretrained[1].model_dump(by_alias=True) | {"filters": 8})
    before = tree(tmp_path)
    with pytest.raises(
        WeightsError, match="holds a unet with 4 filters .* params.yaml asks for a unet with 8"
    ):
        finetune(other, "2013", tmp_path)
    assert tree(tmp_path) == before


def test_a_failure_at_the_end_of_pretraining_leaves_no_output(
    pretrained: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(pretrained[0] / "data/prepared/pretrain", tmp_path / "data/prepared/pretrain")
    before = tree(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(
            pretrain_stage, "save_weights", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt())
        )
        with pytest.raises(KeyboardInterrupt):
            pretrain(short(pretrained[1]), tmp_path)
    assert tree(tmp_path) == before


def test_nothing_to_pretrain_on_is_refused(pretrained: Study) -> None:
    ground = read_prepared(pretrained[0] / "data/prepared/pretrain")
    none = replace(ground, labels=np.where(ground.labels == 1, 0, ground.labels).astype(np.uint8))
    with pytest.raises(
        SceneError, match="no landslide pixels in the training blocks; add landslides"
    ):
        fitted(none, short(pretrained[1]))
