"""ONNX files give the probabilities of maps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from slidelens.api.network import Network, load_weights
from slidelens.dataset.level_channels import level_names, with_levels
from slidelens.dataset.standardisation import (
    BandStatistics,
    standardise,
    standardise_locally,
)
from slidelens.errors import WeightsError
from slidelens.learning.exporting.onnx_export import ExportChoice, ExportedNetwork, export_onnx
from slidelens.learning.exporting.patches import PatchPredictor
from slidelens.learning.inference.calibration import Calibration
from slidelens.learning.inference.loading import build_from_metadata, load_network
from slidelens.learning.inference.weights import save_weights
from slidelens.learning.inference.windows import predict_scene
from slidelens.learning.networks.layers import STRIDE
from slidelens.learning.networks.spectral import SpectralWeights, set_spectral
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.params.schema import ModelParams
from slidelens.types import Float32, Mask
from support.learning.exporting import STATISTICS, metadata_of, random_weights, run_onnx
from support.learning.networks import normalised_architectures
from support.studies import BANDS

ANY = ExportChoice(tile_px=0)
EXACT = 1e-5
CALIBRATION = Calibration((-9.0, -0.4, 0.1, 9.0), (-7.0, -2.0, 1.0, 5.0))


def scene(height: int = 70, width: int = 90, seed: int = 1) -> tuple[Float32, Mask]:
    """Pixels of three bands and their validity; the others are 0 in all bands."""
    random = np.random.default_rng(seed)
    noise = random.normal(size=(height, width, 3))
    pixels = np.maximum(np.array(STATISTICS.mean) + np.array(STATISTICS.deviation) * noise, 1)
    valid = np.ones((height, width), bool)
    valid[:9, 30:50] = valid[40:, 80:] = False
    return np.where(valid[..., None], np.round(pixels), 0).astype(np.float32), valid


def mapped(network: Network, pixels: Float32, valid: Mask) -> Float32:
    """The probabilities of a map in float32."""
    metadata = network.metadata
    side = metadata.local_window_px
    standardised = (
        standardise_locally(pixels, valid, side)
        if side
        else standardise(pixels, valid, metadata.statistics)
    )
    tiles = network.tile_predictor("tensorflow", "float32")
    output, _ = predict_scene(standardised, tiles, STRIDE)
    return np.where(valid, metadata.calibration(output), np.float32(0))


def exported(network: Network, path: Path, choice: ExportChoice = ANY) -> ExportedNetwork:
    return export_onnx(network.path, network.metadata, path, choice)


@normalised_architectures
def test_every_network_gives_the_probabilities_of_its_map(
    tmp_path: Path, architecture: str, normalisation: str
) -> None:
    tolerance = EXACT if normalisation == "batch" else 5e-5
    model = ModelParams(architecture=architecture, normalisation=normalisation)  # type: ignore[arg-type]
    network = random_weights(tmp_path / "a.weights.h5", model=model)
    exported(network, tmp_path / "a.onnx")
    pixels, valid = scene()
    found = run_onnx(tmp_path / "a.onnx", pixels)
    assert found.std() > 1e-3
    np.testing.assert_allclose(found, mapped(network, pixels, valid), atol=tolerance)


@pytest.mark.parametrize("symmetries", [4, pytest.param(8, marks=pytest.mark.long)])
def test_members_symmetries_and_calibration_are_in_the_graph(
    tmp_path: Path, symmetries: int
) -> None:
    network = random_weights(
        tmp_path / "a.weights.h5", members=2, symmetries=symmetries, calibration=CALIBRATION
    )
    said = exported(network, tmp_path / "a.onnx")
    assert (said.members, said.symmetries) == (2, symmetries)
    pixels, valid = scene()
    np.testing.assert_allclose(
        run_onnx(tmp_path / "a.onnx", pixels), mapped(network, pixels, valid), atol=EXACT
    )


@pytest.mark.parametrize(
    ("width", "all_symmetries"), [pytest.param(400, True, marks=pytest.mark.long), (900, False)]
)
def test_quiet_blocks_have_one_symmetry_as_in_maps(
    tmp_path: Path, width: int, all_symmetries: bool
) -> None:
    """Flat ground is quiet; the block that is not is more than half of the narrow scene."""
    network = random_weights(tmp_path / "a.weights.h5")
    pixels, valid = (
        np.full((270, width, 3), STATISTICS.mean, np.float32),
        np.ones((270, width), bool),
    )
    noise = np.random.default_rng(2).normal(size=(160, 160, 3))
    pixels[:160, :160] += np.array(STATISTICS.deviation, np.float32) * 3 * noise
    raw = mapped(network, pixels, valid)
    flat, highest = (float(np.log(p / (1 - p))) for p in (raw[:, 256:].max(), raw.max()))
    knots = (-9.0, flat + 1e-3, flat + 0.3 * (highest - flat), 9.0)
    calibration = Calibration(knots, (-8.0, -4.0, 2.0, 5.0))
    quiet = random_weights(tmp_path / "b.weights.h5", symmetries=4, calibration=calibration)
    exported(quiet, tmp_path / "b.onnx")
    found = run_onnx(tmp_path / "b.onnx", pixels)
    assert found.max() > 0.05 > found[:, 256:].max()
    np.testing.assert_allclose(found, mapped(quiet, pixels, valid), atol=EXACT)
    loud = replace(quiet.metadata, threshold=1e-9)  # from which nothing is quiet
    everywhere = mapped(replace(quiet, metadata=loud), pixels, valid)
    assert (np.abs(found - everywhere).max() < EXACT) == all_symmetries


@pytest.mark.parametrize("side", [7, pytest.param(16, marks=pytest.mark.long)])
def test_windows_around_each_pixel_are_computed_in_the_graph(tmp_path: Path, side: int) -> None:
    network = random_weights(tmp_path / "a.weights.h5", local_window_px=side)
    said = exported(network, tmp_path / "a.onnx")
    assert said.standardisation == f"by the {side} × {side} pixels around each pixel"
    pixels, valid = scene()
    pixels[10:40, 20:60] = 777  # no contrast
    pixels[~valid] = 0
    np.testing.assert_allclose(
        run_onnx(tmp_path / "a.onnx", pixels), mapped(network, pixels, valid), atol=EXACT
    )


def test_a_classifier_of_levels_is_computed_in_the_graph(tmp_path: Path) -> None:
    """As it is in maps and for patches without a file."""
    quiet_tensorflow()
    own = random_weights(tmp_path / "own.weights.h5", local_window_px=32)
    names, random = level_names(BANDS), np.random.default_rng(4)
    levels = BandStatistics(names, STATISTICS.mean, STATISTICS.deviation, 1)
    channels = with_levels(own.metadata.statistics, levels)
    metadata = replace(own.metadata, statistics=channels, spectral_units=5)
    network = build_from_metadata(metadata)
    classifier = SpectralWeights(
        random.normal(size=(9, 5)).astype(np.float32),
        np.zeros(5, np.float32),
        random.normal(size=5).astype(np.float32),
        0.3,
        network_scale=0.2,
    )
    set_spectral(network, load_network(own.path)[1].model, classifier, (3, 4, 5))
    save_weights(network, metadata, tmp_path / "a.weights.h5")
    wide = load_weights(tmp_path / "a.weights.h5")
    assert wide.metadata == metadata
    exported(wide, tmp_path / "a.onnx")
    pixels, valid = scene()
    around = standardise_locally(pixels, valid, 32)
    standardised = np.concatenate([around, standardise(pixels, valid, levels)], axis=-1)
    tiles = wide.tile_predictor("tensorflow", "float32")
    output, _ = predict_scene(standardised, tiles, STRIDE)
    expected = np.where(valid, metadata.calibration(output), np.float32(0))
    assert expected[valid].std() > 0.05
    np.testing.assert_allclose(run_onnx(tmp_path / "a.onnx", pixels), expected, atol=5e-5)
    patches = PatchPredictor(metadata, tiles)
    assert patches.bands == BANDS
    np.testing.assert_allclose(patches.predict(pixels), expected, atol=1e-6)


def test_other_statistics_take_the_place_of_windows_and_training_data(tmp_path: Path) -> None:
    own = BandStatistics(BANDS, (500.0, 900.0, 2500.0), (50.0, 70.0, 400.0), 9)
    network = random_weights(tmp_path / "a.weights.h5", local_window_px=16)
    said = exported(network, tmp_path / "a.onnx", replace(ANY, statistics=own))
    assert said.standardisation == "by the scene"
    pixels, valid = scene()
    with_own = replace(network.metadata, statistics=own, local_window_px=None)
    np.testing.assert_allclose(
        run_onnx(tmp_path / "a.onnx", pixels),
        mapped(replace(network, metadata=with_own), pixels, valid),
        atol=EXACT,
    )


@pytest.mark.parametrize("nodata", [pytest.param(-9999.0, marks=pytest.mark.long), 0.0])
def test_pixels_without_data_in_any_band_are_0(tmp_path: Path, nodata: float) -> None:
    network = random_weights(tmp_path / "a.weights.h5")
    exported(network, tmp_path / "a.onnx", replace(ANY, nodata=nodata))
    pixels, valid = scene()
    pixels[~valid] = nodata
    pixels[20:22, 5, 1], valid[20:22, 5] = nodata, False
    pixels[33, 7, 2], valid[33, 7] = np.nan, False
    pixels[34, 7, 2], valid[34, 7] = -np.inf, False
    found = run_onnx(tmp_path / "a.onnx", pixels)
    known = np.where(valid[..., None], pixels, 0).astype(np.float32)
    assert not found[~valid].any()
    np.testing.assert_allclose(found, mapped(network, known, valid), atol=EXACT)


def test_inner_parts_of_tiles_are_those_of_the_whole_scene(tmp_path: Path) -> None:
    """The tiles of Deepness: they overlap, and the outer half of each overlap is left out."""
    model = ModelParams()
    network = random_weights(tmp_path / "a.weights.h5", model=model, local_window_px=8)
    said = exported(network, tmp_path / "a.onnx", ExportChoice())
    tile = said.tile
    assert tile is not None
    side, overlap = tile.side_px, tile.side_px * tile.overlap_percent // 100
    pixels, valid = scene(side + 64, 2 * side - overlap)
    whole = mapped(network, pixels, valid)
    step, half = side - overlap, overlap // 2
    for column in (0, step):
        part = run_onnx(tmp_path / "a.onnx", pixels[:side, column : column + side])
        inside = slice(0 if column == 0 else half, side - half if column == 0 else side)
        np.testing.assert_allclose(
            part[: side - half, inside],
            whole[: side - half, column + inside.start : column + inside.stop],
            atol=EXACT,
        )


def test_the_plug_in_s_own_division_is_undone(tmp_path: Path) -> None:
    network = random_weights(tmp_path / "a.weights.h5", threshold=0.37)
    exported(network, tmp_path / "a.onnx", ExportChoice(licence="CC-BY-4.0"))
    values = metadata_of(tmp_path / "a.onnx")
    side = values["tile_size"]
    pixels, valid = scene(side, side)
    mean, deviation = (
        np.array(values[f"standardization_{name}"], np.float32) for name in ("mean", "std")
    )
    as_plug_in = (np.float32(pixels * 1.0 / 255.0) - mean) / deviation
    found = run_onnx(tmp_path / "a.onnx", as_plug_in)
    np.testing.assert_allclose(found, mapped(network, pixels, valid), atol=EXACT)
    assert values["model_type"] == "Segmentor"
    assert values["class_names"] == {"0": "background", "1": "landslide"}
    assert values["seg_thresh"] == 0.37
    assert values["seg_small_segment"] == 0
    assert values["slidelens"]["bands"] == list(BANDS)
    assert values["slidelens"]["licence"] == "CC-BY-4.0"
    assert len(values["slidelens"]["weights_sha256"]) == 64


def test_several_tiles_at_once_are_independent(tmp_path: Path) -> None:
    import onnxruntime

    network = random_weights(tmp_path / "a.weights.h5", local_window_px=16, symmetries=4)
    exported(network, tmp_path / "a.onnx")
    tiles = [scene(48, 64, seed)[0] for seed in (1, 2)]
    session = onnxruntime.InferenceSession(tmp_path / "a.onnx")
    both = session.run(None, {"pixels": np.moveaxis(np.stack(tiles), -1, 1)})[0]
    for tile, found in zip(tiles, both, strict=True):
        np.testing.assert_allclose(found[0], run_onnx(tmp_path / "a.onnx", tile), atol=1e-6)


def test_the_file_is_for_runtimes_of_2022_and_later(tmp_path: Path) -> None:
    network = random_weights(tmp_path / "a.weights.h5", model=ModelParams(normalisation="group"))
    exported(network, tmp_path / "a.onnx")
    model = onnx.load(tmp_path / "a.onnx")
    onnx.checker.check_model(model, full_check=True)
    assert model.ir_version == 8
    assert [(each.domain, each.version) for each in model.opset_import] == [("", 17)]
    assert "values of the bands green, red, nir as they are in the file" in model.doc_string


def test_symmetries_share_their_constants(tmp_path: Path) -> None:
    network = random_weights(tmp_path / "a.weights.h5")
    sizes = []
    for symmetries in (1, 8):
        exported(network, tmp_path / "a.onnx", replace(ANY, symmetries=symmetries))
        sizes.append((tmp_path / "a.onnx").stat().st_size)
    assert sizes[1] < 1.5 * sizes[0] + 200_000


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"statistics": BandStatistics(("red", "slope"), (0.0, 0.0), (1.0, 1.0), 1)},
            r"a\.weights\.h5 was trained with slope, which follows from heights",
        ),
        (
            {"sources": {"taiwan": 10.0, "iburi": 10.0}},
            r"a\.weights\.h5 standardises each image by its own statistics, .* \(--scene\)",
        ),
    ],
)
def test_what_a_graph_cannot_hold_is_refused(
    tmp_path: Path, changes: dict[str, object], line: str
) -> None:
    network = random_weights(tmp_path / "a.weights.h5", **changes)
    with pytest.raises(WeightsError, match=line):
        exported(network, tmp_path / "a.onnx")
    assert not (tmp_path / "a.onnx").exists()


def test_group_normalisation_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    network = random_weights(tmp_path / "a.weights.h5", model=ModelParams(normalisation="group"))
    exported(network, tmp_path / "a.onnx", ExportChoice(tile_px=512))
    assert any("depend on its whole tile" in line for line in caplog.messages)
