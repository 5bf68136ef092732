"""`slidelens init`: create a study repository."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from slidelens.console import print_lines
from slidelens.pipeline.init import create_study


def command(
    folder: Annotated[Path, typer.Argument(help="New or empty folder.")],
) -> None:
    """Create a study repository: parameters, pipeline and folders for the data.

    The folder becomes a Git and DVC repository if these programs are installed.
    """
    has_git = create_study(folder)
    print_lines(
        [
            f"created the study repository {folder}; next:",
            f"  cd {shlex.quote(str(folder))}",
            *([] if has_git else ["  git init    # after installing Git, which DVC needs"]),
            "  put images into data/raw/scenes/<date>.tif",
            "  put inventories into data/raw/inventories/<date>.gpkg",
            "  slidelens dates 2018-pre 2018-post    # your dates, in time order",
            "  set study.pretrain in params.yaml     # the first event",
            "  slidelens check",
            "  dvc repro",
        ]
    )
