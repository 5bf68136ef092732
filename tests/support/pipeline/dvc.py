"""A stand-in for DVC: answers as it would, and runs nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from slidelens.experiments.repository import DvcRepository

NO_PROCESS = 2**22 + 1  # above Linux's highest process number


class StandInDvc:
    """`exp show` lists what the other commands have done; `queue start` finishes everything.

    Attributes:
        entries: Experiments by name, as in the JSON of `dvc exp show`.
        calls: The commands so far.
        metrics: Metrics of new experiments.
        on_start: What `queue start` does; default: every experiment succeeds.
        on_show: Called before every `exp show`.
        not_in_cache: What `data status` finds missing; asking for it is no call.
    """

    def __init__(self) -> None:
        self.entries: dict[str, dict[str, Any]] = {}
        self.calls: list[list[str]] = []
        self.metrics: dict[str, Any] = {"f1": {"mean": 0.5}}
        self.on_start: Callable[[], None] = lambda: self.set_states("success")
        self.on_show: Callable[[], None] = lambda: None
        self.not_in_cache: list[str] = []

    def add(
        self,
        name: str,
        state: str,
        params: dict[str, Any] | None = None,
        process: int | None = None,
    ) -> None:
        data = {
            "params": {"params.yaml": {"data": params}},
            "metrics": {"metrics/f1.json": {"data": self.metrics}},
        }
        self.entries[name] = {
            "executor": {"state": state, "local": {"pid": process}},
            "revs": [{"rev": "abc", "name": name, "data": data, "error": None}],
        }

    def set_states(self, state: str) -> None:
        for entry in self.entries.values():
            entry["executor"]["state"] = state

    def queued(self) -> list[str]:
        """Return the names of the experiments that were put into the queue."""
        return [call[4] for call in self.calls if call[:3] == ["exp", "run", "--queue"]]

    def repository(self, folder: Path) -> DvcRepository:
        """Return the repository in a folder, which is never waited for."""
        return DvcRepository(folder, runner=self, poll_s=0.0)

    def __call__(
        self,
        folder: Path,
        *arguments: str,
        shown: bool = False,
        environment: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> str:
        if arguments[:2] == ("data", "status"):
            return json.dumps({"not_in_cache": self.not_in_cache})
        self.calls.append(list(arguments))
        match arguments:
            case ("exp", "show", *_):
                self.on_show()
                return json.dumps(
                    [
                        {"rev": "workspace", "experiments": None},
                        {"rev": "main", "experiments": list(self.entries.values())},
                    ]
                )
            case ("exp", "run", "--queue", "--name", name, *_):
                self.add(name, "queued")
            case ("queue", "kill", name):
                self.entries[name]["executor"]["state"] = "failed"
            case ("queue", "remove", name):
                del self.entries[name]
            case ("queue", "start", *_):
                self.on_start()
        return ""


def ablation_metrics(f1: float) -> dict[str, Any]:
    """Return metrics of an experiment with the dates 2013, 2014 (without a score) and 2015."""
    names = ("f1", "precision", "recall", "iou", "loss", "f1_before")
    return {name: {"2013": f1, "2014": None, "2015": 0.25, "mean": f1} for name in names}
