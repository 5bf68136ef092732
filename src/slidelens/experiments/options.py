"""Options of the commands that fill DVC's queue."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Set a parameter in every experiment, for example epochs=20; repeatable.",
    ),
]
Stage = Annotated[
    str,
    typer.Option(
        "--stage",
        help="Last stage of dvc.yaml to run; pretrain: no scores on test blocks.",
    ),
]
Jobs = Annotated[int, typer.Option("--jobs", help="Experiments at once.")]
Folder = Annotated[Path, typer.Option("--folder", help="Folder of params.yaml and dvc.yaml.")]
