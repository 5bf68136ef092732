"""A copy of the repository with a tiny simulated study, to run DVC in as a user would."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml import YAML

from slidelens.demo.params import DemoParams

ROOT = Path(__file__).resolve().parents[3]
TINY = {
    "lr": 1e-3,
    "filters": 2,
    "batch_size": 4,
    "epochs": 2,
    "split": {"block_m": 250},
    "learning": {"patch": 32},
    "pretrain": {"patches_per_epoch": 8},
    "finetune": {"patches_per_epoch": 8, "epochs": 2},
    "density": {"cell_m": 50},
}


@dataclass(frozen=True)
class Workshop:
    """A repository on disk and how to run commands in it."""

    folder: Path

    def run(
        self, *command: str, check: bool = True, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """A command as typed in the activated environment, its output captured."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment(**environment),
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert not check or done.returncode == 0, (
            f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
        )
        return done

    def environment(self, **more: str) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DVC_", "MLFLOW_", "PYTHONPATH"))
        }
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return (
            kept | {"PATH": path, "DVC_NO_ANALYTICS": "1", "GIT_CONFIG_GLOBAL": os.devnull} | more
        )

    def stages_run(self, *command: str) -> list[str]:
        """The stages that a DVC command runs, in order."""
        lines = self.run(*command).stdout.splitlines()
        return [line.split("'")[1] for line in lines if line.startswith("Running stage")]

    def json(self, path: str) -> Any:
        return json.loads((self.folder / path).read_text())

    def set_params(self, values: dict[str, Any]) -> None:
        """Change params.yaml as an editor would, comments kept."""
        path, round_trip = self.folder / "params.yaml", YAML()
        document = round_trip.load(path)
        _merge(document, values)
        round_trip.dump(document, path)

    def commit(self, message: str) -> None:
        self.run("git", "add", "-A")
        self.run(
            "git",
            "-c",
            "user.name=tester",
            "-c",
            "user.email=tester@example.org",
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            message,
        )

    def copy(self, folder: Path) -> Workshop:
        """Another workshop in the same state."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Workshop(folder)


def _merge(document: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if isinstance(value, dict):
            _merge(document[name], value)
        else:
            document[name] = value


def make_workshop(folder: Path) -> Workshop:
    """The repository's files in `folder`, with a tiny demo and tiny training, committed to Git.

    No stage has run yet.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    for name in listed.decode().split("\0"):
        result = name.startswith(("metrics/", "dvc.lock", "demo/dvc.lock")) and not name.endswith(
            "README.md"
        )
        if name and (ROOT / name).is_file() and not result:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    demo = DemoParams.tiny(side_px=256, landslides=14).model_dump(mode="json")
    (folder / "demo/params.yaml").write_text(yaml.safe_dump(demo))
    shop = Workshop(folder)
    shop.run("git", "init", "-q", "-b", "main")
    shop.run("slidelens", "dates", "2015", "2016")
    shop.set_params(TINY)
    shop.commit("a tiny study")
    return shop
