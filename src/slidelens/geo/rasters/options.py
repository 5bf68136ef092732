"""What a user says about files that do not say it themselves."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class ReadingOptions:
    """How to read the bands of a scene.

    Attributes:
        band_names: Names of all bands in file order; empty to use those in the file.
        nodata: A value that stands for no data, in addition to what the file declares; compared
            with the stored values, before any scale is applied. None if the user has not said.
        names_option: The option that sets `band_names`, for messages: `--bands`,
            `study.band_names` or the argument `band_names`.
        nodata_option: The option that sets `nodata`, likewise.
        wanted: Names of the bands that a network needs, for messages; empty if that is not known.
        precedence: When `band_names` go before the names in the file: always; if the file has
            names that are not among `band_names` (foreign); or never.
    """

    band_names: tuple[str, ...] = ()
    nodata: float | None = None
    names_option: str = "band_names"
    nodata_option: str = "nodata"
    wanted: tuple[str, ...] = field(default=(), repr=False, compare=False)
    precedence: Literal["always", "foreign", "never"] = "always"

    def naming(self, names: Sequence[str]) -> str:
        """Return what to type to name all bands."""
        if self.names_option.startswith("--"):
            return f"`{self.names_option} {shlex.join(names)}`"
        listed = json.dumps(list(names), ensure_ascii=False)
        sign = ": " if "." in self.names_option else "="
        return f"`{self.names_option}{sign}{listed}`"

    def marking(self, value: str) -> str:
        """Return what to type to set the nodata value."""
        if self.nodata_option.startswith("--"):
            return f"`{self.nodata_option} {value}`"
        sign = ": " if "." in self.nodata_option else "="
        return f"`{self.nodata_option}{sign}{value}`"
