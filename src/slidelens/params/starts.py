"""The weights that each date's fine-tuning starts from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slidelens.params.dates import PRETRAINED, PREVIOUS, SCRATCH


def starting_weights(start: str, dates: Sequence[str]) -> dict[str, str]:
    """Return the name of the weights that each date starts from, as in `finetune.from`.

    The first date of a chain, and a date that would start from itself, start from the pretrained
    weights.

    Args:
        start: `pretrained`, `scratch`, `previous` (the date before in time order) or a date.
        dates: All dates in time order.
    """
    if start == PREVIOUS:
        return dict(zip(dates, [PRETRAINED, *dates], strict=False))
    return {date: PRETRAINED if date == start else start for date in dates}


def check_starts(starts: Mapping[str, str], dates: Sequence[str]) -> None:
    """Raise ValueError unless every date's chain of starts ends at pretrained or random weights.

    Args:
        starts: The weights that each date starts from, as in `finetune.from`.
        dates: All dates.
    """
    if set(starts) != set(dates):
        first_difference = sorted(set(starts) ^ set(dates))[0]
        raise ValueError(
            f"finetune.from and dates differ in {first_difference};"
            f" set both with `slidelens dates {' '.join(dates)}`"
        )
    for date, start in starts.items():
        if start == date or start not in (PRETRAINED, SCRATCH, *dates):
            raise ValueError(
                f"finetune.from.{date} is {start};"
                f" give {PRETRAINED}, {SCRATCH} or another of the dates"
            )
        if date in _chain(starts, start):
            raise ValueError(
                f"finetune.from.{date} is {start}, which itself starts from {date};"
                f" let one of them be {PRETRAINED}"
            )


def _chain(starts: Mapping[str, str], first: str) -> list[str]:
    """Return the weights that `first` comes from, up to pretrained or random ones or a circle."""
    chain = [first]
    while (start := starts.get(chain[-1])) and start not in chain:
        chain.append(start)
    return chain
