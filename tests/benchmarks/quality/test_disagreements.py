"""The places where map and inventory disagree most."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.quality.disagreements import worst


def test_the_worst_come_first_and_are_not_shown_twice() -> None:
    manual, mapped, known = (np.zeros((200, 200), bool) for _ in range(3))
    known[:, :150] = True
    manual[10:20, 10:20] = True  # missed, 100 pixels
    mapped[22:30, 10:20] = True  # false, 80 pixels, beside it: in the same picture
    mapped[100:108, 100:108] = True  # false, 64 pixels
    manual[100:102, 20:60] = mapped[101:102, 20:60] = True  # a line along an outline
    mapped[50:90, 160:190] = True  # not known
    places = worst(manual, mapped, known, 10)
    assert [(place.missed, place.row, place.column) for place in places] == [
        (True, 14, 14),
        (False, 104, 104),
    ]
    assert places[0].pixels == pytest.approx(100, abs=4)  # an opening by a cross takes the corners
    assert len(worst(manual, mapped, known, 1)) == 1
    alone = worst(manual, mapped, known, 10, kinds=["false"])
    assert [(place.missed, place.row) for place in alone] == [(False, 26), (False, 104)]
