"""Require that a study has no problems."""

from __future__ import annotations

import logging

from slidelens.errors import SlidelensError
from slidelens.study.study import Study

log = logging.getLogger(__name__)


def require_sound(study: Study) -> Study:
    """Return a study without problems, and log its notes.

    Raises:
        SlidelensError: The study has problems; the first one, and the number of the others.
    """
    for note in study.notes:
        log.warning("%s", note)
    if study.problems:
        more = len(study.problems) - 1
        raise SlidelensError(
            study.problems[0] + (f" (and {more} more: see `slidelens check`)" if more else "")
        )
    return study
