"""Show how far a map is, on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def show_progress(total: int, done: int, unit: str) -> Iterator[Callable[[], object]]:
    """Yield a function to call after each piece; where there is no terminal it shows nothing.

    Args:
        total: Number of pieces.
        done: How many of them are done before.
        unit: Name of a piece.
    """
    from tqdm import tqdm

    with tqdm(total=total, initial=done, unit=unit, leave=False, disable=None) as bar:
        yield bar.update
