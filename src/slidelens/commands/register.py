"""`slidelens register`: put weights into MLflow's model registry."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from slidelens.console import print_json


def command(
    weights: Annotated[Path, typer.Argument(help="Weights file models/*.weights.h5.")],
    name: Annotated[
        str,
        typer.Option("--name", metavar="NAME", help="Name of the model, for example landslides."),
    ],
    alias: Annotated[
        str | None,
        typer.Option(
            "--alias", metavar="ALIAS", help="Alias for this version, for example champion."
        ),
    ] = None,
    licence: Annotated[
        str,
        typer.Option("--licence", "--license", help="Licence of the weights, for the model card."),
    ] = "",
) -> None:
    """Register weights in MLflow's model registry, with signature, input example and model card.

    The store is MLFLOW_TRACKING_URI, or else mlflow.db in the repository. Afterwards
    `slidelens map --weights models:/NAME@ALIAS` and `mlflow models serve -m models:/NAME@ALIAS` use
    them. Prints version, experiment and run as JSON.
    """
    from slidelens.api.registry.registering import register_weights

    print_json(register_weights(weights, name, alias=alias, licence=licence).to_dict())
