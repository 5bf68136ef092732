"""Whether there is a model of histories, and what is told of it."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.analysis.revision.chain import Chain
from slidelens.analysis.revision.model import RevisionModel
from slidelens.analysis.revision.sequences import BINS, Sequences
from slidelens.analysis.revision.states import UNKNOWN
from slidelens.learning.revision.revising import describe_model, has_enough_landslides


@pytest.mark.parametrize(("most", "enough"), [(199.0, False), (200.0, True)])
def test_two_dates_need_200_landslide_pixels_each(most: float, enough: bool) -> None:
    # the first date has 5 more than the second, the third has none
    labels = np.array([[1, 1, 0], [1, 0, UNKNOWN], [0, 0, 0]], np.uint8)
    sample = Sequences(np.zeros((3, 3), np.int16), labels, np.array([most, 5, 900]))
    assert has_enough_landslides(sample) is enough


def test_rates_belong_to_the_later_date_and_weights_to_each() -> None:
    changes = np.stack([np.eye(4), np.full((4, 4), 0.25)])
    chain = Chain(np.array([0.7, 0.1, 0.1, 0.1]), changes, np.full((3, 4, BINS), 1 / BINS))
    model = RevisionModel(chain, np.arange(18.0).reshape(3, 6))
    told = describe_model(model, ["2013", "2014", "2015"])
    assert told["initial"] == [0.7, 0.1, 0.1, 0.1]
    assert told["changes"] == {"2014": np.eye(4).tolist(), "2015": [[0.25] * 4] * 4}
    assert told["weights"]["2013"] == {"before": 0, "own": 1, "after": 2}
    assert told["weights"]["2015"] == {"before": 12, "own": 13, "after": 14}
