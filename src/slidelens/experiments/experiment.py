"""An experiment as it is requested, and as DVC knows it."""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slidelens.errors import ParamsError
from slidelens.params.loading import parse_params, read_values
from slidelens.params.schema import Params
from slidelens.params.yaml_reading import parse_yaml

STAGE = "density"  # the last stage of an experiment: its scores on the test blocks exist then
_MARKED = re.compile(r"-[0-9a-f]{6}$")


@dataclass(frozen=True)
class RequestedExperiment:
    """An experiment to have.

    Attributes:
        label: What it is called.
        changes: Value of each parameter that it sets, by name, for example `finetune.freeze`.
        params: All its parameters.
        stage: Last stage to run.
    """

    label: str
    changes: Mapping[str, Any]
    params: Params
    stage: str

    @property
    def name(self) -> str:
        """Name in DVC: the label and the mark."""
        return f"{self.label}{self.mark}"

    @property
    def mark(self) -> str:
        """Digest of all parameters and the stage: other parameters are another experiment."""
        text = f"{self.params.model_dump_json(by_alias=True)} {self.stage}"
        return "-" + hashlib.sha256(text.encode()).hexdigest()[:6]


@dataclass(frozen=True)
class ExistingExperiment:
    """An experiment that DVC knows.

    Attributes:
        name: Name in DVC.
        state: queued, running, failed or success; "gone" if DVC no longer knows it.
        params: Its parameters; None if they are those of another version.
        metrics: Its metrics files, merged.
        process: Number of the process that runs it; None while a worker begins or ends.
    """

    name: str
    state: str
    params: Params | None
    metrics: dict[str, Any]
    process: int | None = None

    def matches(self, requested: RequestedExperiment) -> bool:
        """Return whether it is the requested experiment.

        It is if it has the same mark. An experiment without a mark was run by hand, and so up to
        the last stage: it is if it has the same parameters.
        """
        return self.name.endswith(requested.mark) or (
            self.params == requested.params and not _MARKED.search(self.name)
        )


def request_experiment(
    folder: Path, label: str, changes: Mapping[str, Any], stage: str = STAGE
) -> RequestedExperiment:
    """Return an experiment with the parameters of a folder's params.yaml and some changes.

    Args:
        folder: Folder of params.yaml.
        label: What to call the experiment.
        changes: Value of each parameter to set, by name, for example `finetune.freeze`.
        stage: Last stage to run.

    Raises:
        ParamsError: If a name is no parameter or a value does not fit.
    """
    values = copy.deepcopy(read_values(folder / "params.yaml"))
    for name, value in changes.items():
        *sections, last = name.split(".")
        inner: Any = values
        for section in sections:
            inner = inner.get(section) if isinstance(inner, dict) else None
        if not isinstance(inner, dict):
            raise ParamsError(f"{name} is not a parameter of {folder / 'params.yaml'}")
        inner[last] = value
    where = f"{label}: {folder / 'params.yaml'} with its changes"
    return RequestedExperiment(label, changes, parse_params(values, where), stage)


def and_more(names: Sequence[object]) -> str:
    """Return " (and 2 more)" for three names, to follow the first; nothing for one."""
    return f" (and {len(names) - 1} more)" if len(names) > 1 else ""


def parse_settings(settings: Sequence[str]) -> dict[str, Any]:
    """Return values by name from texts like `epochs=20`, whose values are YAML.

    Raises:
        ParamsError: If a text has no equals sign, its value is no YAML, or a name comes twice.
    """
    values: dict[str, Any] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise ParamsError(
                f"--set {setting}: give a parameter and its value, for example epochs=20"
            )
        if name in values:
            raise ParamsError(f"--set {name} is given twice; give it once")
        values[name] = parse_yaml(value, f"--set {name}")
    return values
