"""Logistic regression with groups."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from slidelens.analysis.revision.logistic import fit_logistic


def test_probabilities_are_those_that_made_the_classes() -> None:
    rng = np.random.default_rng(6)
    features, group = rng.normal(3, 2, (5000, 2)), rng.integers(0, 2, 5000)
    likely = expit((features[:, 0] - 3) + 1.5 * group)
    model = fit_logistic(features, group, rng.random(5000) < likely, 2, 20)
    assert model is not None
    assert np.abs(model.probability(features, group) - likely).mean() < 0.02


def test_too_few_of_a_class_give_no_model() -> None:
    positive = np.arange(100) < 19
    assert fit_logistic(np.ones((100, 1)), np.zeros(100, int), positive, 1, 20) is None


def test_classes_that_a_feature_separates_have_finite_weights() -> None:
    feature = np.linspace(-1, 1, 60)[:, None]
    model = fit_logistic(feature, np.zeros(60, int), feature[:, 0] > 0, 1, 20)
    assert model is not None
    assert np.abs(model.weights).max() < 10
