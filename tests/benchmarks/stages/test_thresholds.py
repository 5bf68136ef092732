"""Rules for the threshold of fine-tuned weights, on the test blocks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from benchmarks.stages.thresholds import compare_rules
from slidelens.dataset.parts import TEST, TRAIN, UNKNOWN, VALIDATION


def test_each_rule_sees_its_own_blocks() -> None:
    """Validation blocks suggest a logit of 4, train blocks one of −4, which test blocks confirm.

    Of both together the lower one is better: there are ten times as many train pixels.
    """
    parts = np.repeat(np.array([VALIDATION, TRAIN, TEST], np.uint8), [20, 200, 200])
    logits = np.concatenate([np.tile([3.0, 5.0], 10), *[np.tile([-5.0, -3.0], 100)] * 2])
    labels = np.tile(np.array([0, 1], np.uint8), 210)
    scored = compare_rules(expit(logits).astype(np.float32), labels, parts)
    assert scored["validation, outputs"] == scored["validation, logits"] == 0.0
    assert scored["both, logits"] == scored["best"] == 1.0
    assert scored["both, outputs"] == pytest.approx(1.0)
    labels[parts == TEST] = UNKNOWN
    assert np.isnan(compare_rules(expit(logits).astype(np.float32), labels, parts)["best"])
