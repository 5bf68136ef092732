"""Calibrations: recovered from outcomes that they generate, and kept in the order of outputs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.special import expit, logit

from slidelens.analysis.accuracy.confusion import count
from slidelens.dataset.parts import UNKNOWN
from slidelens.learning.inference.calibration import Calibration, fit_calibration
from slidelens.learning.inference.thresholds import best_threshold
from slidelens.learning.scores import ground_weights
from slidelens.types import Float32, UInt8


def f1_at(probabilities: Float32, labels: UInt8, threshold: float) -> float:
    """F1 of the known pixels; 0 without any hit."""
    counts = count(labels == 1, probabilities >= np.float32(threshold), labels != UNKNOWN)
    return counts.f1 or 0.0


def line(slope: float, shift: float) -> Calibration:
    """logit p = slope · logit output + shift."""
    ends = logit(np.array([1e-4, 1 - 1e-4]))
    return Calibration(tuple(ends), tuple(slope * ends + shift))


def outcomes(truth: Calibration) -> tuple[Float32, UInt8]:
    """200,000 outputs, and labels that are landslide as often as the calibration says."""
    rng = np.random.default_rng(3)
    output = rng.beta(0.4, 0.8, 200_000).astype(np.float32)
    return output, (rng.random(output.shape) < truth(output)).astype(np.uint8)


@pytest.mark.parametrize(("slope", "shift"), [(0.5, -2.0), (1.5, 0.3)])
@pytest.mark.parametrize("how", ["platt", "isotonic"])
def test_a_line_comes_back(slope: float, shift: float, how: str) -> None:
    truth, outputs = line(slope, shift), np.linspace(0.05, 0.95, 19, dtype=np.float32)
    assert fit_calibration(*outcomes(truth), how)(outputs) == pytest.approx(
        truth(outputs), abs=0.02
    )


@pytest.mark.parametrize("how", ["platt", "temperature"])
def test_weights_count_as_that_many_pixels(how: str) -> None:
    output, labels = outcomes(line(0.5, -2.0))
    output, labels = output[:3000], labels[:3000]
    often = np.where(labels == 1, 1, 20)
    expected = fit_calibration(np.repeat(output, often), np.repeat(labels, often), how)
    found = fit_calibration(output, labels, how, often / 20)
    outputs = np.linspace(0.05, 0.95, 19, dtype=np.float32)
    assert found(outputs) == pytest.approx(expected(outputs), abs=0.01)


def test_steps_come_back_from_isotonic_alone() -> None:
    """Outputs from 0.05 to 0.95 all mean three in ten, as of saturated networks; no line does."""
    truth = Calibration((-9.0, -3.0, 3.0, 9.0), (-6.0, -0.848, -0.847, 6.0))  # logit 0.3 = -0.8473
    outputs = np.array([0.1, 0.3, 0.5, 0.7, 0.9], np.float32)
    assert fit_calibration(*outcomes(truth), "isotonic")(outputs) == pytest.approx(
        [0.3] * 5, abs=0.03
    )
    assert np.abs(fit_calibration(*outcomes(truth), "platt")(outputs) - 0.3).max() > 0.1


def test_temperature_goes_through_the_middle() -> None:
    fitted = fit_calibration(*outcomes(line(0.5, 0.0)), "temperature")
    assert fitted(np.array([0.5, 0.8], np.float32)) == pytest.approx(
        [0.5, 2 / 3], abs=0.005
    )  # logit ln 4, half of it ln 2
    assert fitted.probabilities[0] == -fitted.probabilities[1]


def test_the_output_of_a_probability() -> None:
    curve = Calibration((-2.0, 0.0, 3.0), (-3.0, -1.0, 2.0))
    outputs = np.array([0.2, 0.5, 0.9], np.float32)
    assert [curve.output(float(probability)) for probability in curve(outputs)] == pytest.approx(
        outputs.tolist(), abs=1e-5
    )
    assert curve.output(0.999) == pytest.approx(1 / (1 + np.exp(-3)))  # clipped to the end
    assert Calibration().output(0.3) == 0.3


def test_a_calibration_by_hand() -> None:
    # logit 0.8 = ln 4; half of it less ln 2 is 0, so that p = ½; an output of 1 is clipped to
    # 0.9999, logit 9.21024
    probability = line(0.5, -np.log(2))(np.array([0.8, 1.0], np.float32))
    assert probability == pytest.approx(
        [0.5, 1 / (1 + np.exp(-(9.21024 / 2 - np.log(2))))], abs=1e-5
    )
    output = np.array([0.0, 0.3, 1.0], np.float32)
    assert Calibration()(output) is output


@pytest.mark.parametrize("how", ["platt", "isotonic"])
def test_the_order_of_pixels_is_kept(how: str) -> None:
    """Although the landslide share is constant over most outputs, so that most bins are pooled."""
    truth = Calibration((-9.0, -3.0, 3.0, 9.0), (-6.0, -0.848, -0.847, 6.0))
    fitted = fit_calibration(*outcomes(truth), how)
    assert fitted != Calibration()
    assert (np.diff(fitted(np.linspace(0.05, 0.95, 50, dtype=np.float32))) > 0).all()


def test_bins_are_pooled_by_hand() -> None:
    """Two outputs in two bins: shares (1 + ½)/(1 + 1) = ¾ and ¼, which pooled do not rise."""
    assert (
        fit_calibration(np.array([0.2, 0.8], np.float32), np.array([1, 0], np.uint8), "isotonic")
        == Calibration()
    )
    fitted = fit_calibration(
        np.array([0.2, 0.8], np.float32), np.array([0, 1], np.uint8), "isotonic"
    )
    far = logit(0.9999)
    assert fitted.outputs == pytest.approx([-far, -np.log(4), np.log(4), far], abs=1e-5)
    ends = [-np.log(3), -np.log(3), np.log(3), np.log(3)]
    slope = 0.02 / (2 * np.log(4))  # 0.02 over the range of the outputs
    assert fitted.probabilities == pytest.approx(
        [end + slope * at for end, at in zip(ends, fitted.outputs, strict=True)], abs=1e-5
    )


@pytest.mark.parametrize(
    ("weights", "low", "pooled", "centre"),
    [
        # Shares ½/4, 7½/10 and ½/2; those of 9 pixels and of 1 become (9 · ¾ + ¼) / 10.
        ((1, 1, 1), 1 / 8, 0.7, -2 * np.log(4) / 13),
        # By weight 1, 9 and 3 pixels: ½/2, ¾ and ½/4, of which the last two are pooled.
        ((1 / 3, 1, 3), 1 / 4, (9 * 3 / 4 + 3 / 8) / 12, 2 * np.log(4) / 13),
    ],
)
def test_bins_are_pooled_by_their_pixels(
    weights: tuple[float, float, float], low: float, pooled: float, centre: float
) -> None:
    """Logits −ln 4, 0 and ln 4; the slight rise is none at the mean of all pixels."""
    output = np.repeat(np.array([0.2, 0.5, 0.8], np.float32), [3, 9, 1])
    labels = np.repeat(np.array([0, 1, 0], np.uint8), [3, 7, 3])
    fitted = fit_calibration(output, labels, "isotonic", np.repeat(weights, [3, 9, 1]))
    far, slope = logit(0.9999), 0.02 / (2 * np.log(4))
    assert fitted.outputs == pytest.approx([-far, -np.log(4), 0, np.log(4), far], abs=1e-5)
    shares = logit(np.array([low, low, pooled, pooled, pooled]))
    expected = shares + slope * (np.array(fitted.outputs) - centre)
    assert fitted.probabilities == pytest.approx(expected.tolist(), abs=1e-5)


def test_bins_are_of_equal_width() -> None:
    """Evenly spread logits: the means of the bins are evenly spread, also of the outermost."""
    logits = np.linspace(-9.2, 9.2, 40_001)
    labels = (np.random.default_rng(1).random(40_001) < expit(logits / 3)).astype(np.uint8)
    means = fit_calibration(expit(logits).astype(np.float32), labels, "isotonic").outputs[1:-1]
    width = np.ptp(means) / (len(means) - 1)
    assert np.diff(means) == pytest.approx(np.full(len(means) - 1, width), abs=0.01)


def test_classes_that_are_wholly_apart_are_not_certain() -> None:
    """The targets of Platt (1999): (4 + 1)/(4 + 2) of 4 landslides, 1/(6 + 2) of 6 others."""
    output = np.repeat(np.array([0.2, 0.8], np.float32), [6, 4])
    fitted = fit_calibration(output, (output > 0.5).astype(np.uint8), "platt")
    assert fitted(np.array([0.2, 0.8], np.float32)) == pytest.approx([1 / 8, 5 / 6], abs=0.01)


@pytest.mark.parametrize("how", ["platt", "isotonic"])
def test_unknown_pixels_do_not_calibrate(how: str) -> None:
    output, labels = outcomes(line(0.5, -2.0))
    more = np.concatenate([labels, np.full(1000, UNKNOWN, np.uint8)])
    assert fit_calibration(
        np.concatenate([output, np.ones(1000, np.float32)]), more, how
    ) == fit_calibration(output, labels, how)


@pytest.mark.parametrize("how", ["platt", "isotonic"])
@pytest.mark.parametrize("labels", [[0, 0, 0], [1, 1, 1], [UNKNOWN] * 3, [1, 1, 0]])
def test_without_two_classes_in_order_it_is_the_identity(labels: list[int], how: str) -> None:
    """Nothing or everything landslide, nothing known, or higher outputs for fewer landslides."""
    assert (
        fit_calibration(np.array([0.1, 0.2, 0.9], np.float32), np.array(labels, np.uint8), how)
        == Calibration()
    )


def test_none_is_the_identity() -> None:
    assert fit_calibration(*outcomes(line(0.5, -2.0)), "none") == Calibration()


@given(
    st.integers(0, 2**32 - 1),
    st.floats(0.01, 3),
    st.floats(-6, 3),
    st.sampled_from(["isotonic", "platt", "temperature"]),
)
@example(28, 0.01, -0.91015625, "isotonic")
def test_the_map_is_the_same_before_and_after_calibration(
    seed: int, spread: float, level: float, how: str
) -> None:
    """However narrow the outputs: the threshold separates the same pixels after calibration."""
    rng = np.random.default_rng(seed)
    labels = (rng.random(2000) < 0.1).astype(np.uint8)
    output = (1 / (1 + np.exp(-level - spread * (labels + rng.normal(0, 0.5, 2000))))).astype(
        np.float32
    )
    calibrated, threshold = fit_calibration(output, labels, how), best_threshold(output, labels)
    probable = float(calibrated(np.array(threshold, np.float32)))
    # a pixel within 1e-5 of the threshold may change sides: probabilities have seven digits
    assert f1_at(calibrated(output), labels, probable) == pytest.approx(
        f1_at(output, labels, threshold), abs=0.005
    )


def test_weights_of_the_classes_shift_the_log_odds_to_the_true_share() -> None:
    """Under another share of landslides the likelihoods of an output stay (Saerens et al., 2002).

    So the log-odds change by logit(true share) − logit(share of the labels), at every output.
    """
    outputs, shares = np.array([0.05, 0.3, 0.55, 0.8, 0.97]), np.array([0.05, 0.2, 0.3, 0.7, 0.9])
    pixels, landslides = 20_000, (20_000 * shares).astype(int)
    output = np.repeat(outputs, pixels).astype(np.float32)
    labels = np.concatenate([np.arange(pixels) < number for number in landslides]).astype(np.uint8)
    weights = ground_weights(labels, 0.02) * len(labels)
    fitted = fit_calibration(output, labels, "isotonic", weights)
    likelihood_ratios = shares / (1 - shares) * (1 - shares).sum() / shares.sum()
    true = logit(0.02) + np.log(likelihood_ratios)
    np.testing.assert_allclose(logit(fitted(outputs.astype(np.float32))), true, atol=0.02)


def test_a_line_is_shifted_to_the_true_share() -> None:
    rng = np.random.default_rng(3)
    landslide = rng.random(400_000) < 0.4
    # Normal scores with deviation 1 and means ±1 have the log-odds 2 x + logit(share).
    x = rng.normal(np.where(landslide, 1.0, -1.0), 1.0)
    output, labels = expit(x).astype(np.float32), landslide.astype(np.uint8)
    weights = ground_weights(labels, 0.02) * len(labels)
    at = np.linspace(-1.5, 1.5, 7)
    fitted = fit_calibration(output, labels, "platt", weights)
    np.testing.assert_allclose(
        logit(fitted(expit(at).astype(np.float32))), 2 * at + logit(0.02), atol=0.05
    )


def test_equal_weights_change_nothing() -> None:
    rng = np.random.default_rng(4)
    output = rng.random(5000).astype(np.float32)
    labels = (rng.random(5000) < output).astype(np.uint8)
    labels[:100] = 255
    for how in ("isotonic", "platt", "temperature"):
        plain = fit_calibration(output, labels, how)
        assert fit_calibration(output, labels, how, np.ones(5000)) == plain
