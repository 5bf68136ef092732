"""The weights that each date's fine-tuning starts from."""

from __future__ import annotations

import pytest

from slidelens.params.starts import starting_weights


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("pretrained", ["pretrained", "pretrained", "pretrained"]),
        ("scratch", ["scratch", "scratch", "scratch"]),
        ("previous", ["pretrained", "a", "b"]),
        ("b", ["b", "pretrained", "b"]),
    ],
)
def test_a_date_never_starts_from_itself(start: str, expected: list[str]) -> None:
    assert list(starting_weights(start, ["a", "b", "c"]).values()) == expected
