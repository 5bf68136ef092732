"""What the registry says of weights, and how they are called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slidelens.errors import ParamsError

WEIGHTS_FILE = "network.weights.h5"
SHA_TAG, VERSIONS_TAG = "slidelens.weights_sha256", "slidelens.registered"
EXPERIMENT_TAG = "slidelens.experiment"
_NAME = re.compile(r"[\w][\w .-]{0,99}", re.ASCII)
_ALIAS = re.compile(r"[\w][\w-]{0,99}", re.ASCII)  # MLflow takes no spaces and full stops here
_RESERVED = re.compile(r"latest|v\d+", re.IGNORECASE)
_ADDRESS = re.compile(r"models:/+([\w][\w .-]*)(?:/(\d{1,9})|@([\w][\w.-]*))", re.ASCII)


@dataclass(frozen=True)
class LoggedRun:
    """The run of an experiment that used some weights.

    Attributes:
        run_id: MLflow's id of the run.
        name: Name of the experiment.
        tags: Its tags.
        params: All parameters as text, by flat name.
        metrics: Its scores as `<stage>.<date>.<score>`.
    """

    run_id: str
    name: str
    tags: Mapping[str, str]
    params: Mapping[str, str]
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class RegisteredVersion:
    """A version of a registered model.

    Attributes:
        name: Name of the model.
        version: Number of the version.
        sha256: SHA-256 of its weights file, hexadecimal digits.
        experiment: Name of the experiment whose run holds it.
        run_id: MLflow's id of that run.
        tags: Its tags.
        source: Where its files are.
    """

    name: str
    version: int
    sha256: str
    experiment: str
    run_id: str
    tags: Mapping[str, str]
    source: str


def describe_version(version: Any) -> RegisteredVersion:
    """Return what slidelens keeps of a version of MLflow."""
    tags = dict(version.tags)
    return RegisteredVersion(
        name=version.name,
        version=int(version.version),
        sha256=tags.get(SHA_TAG, ""),
        experiment=tags.get(EXPERIMENT_TAG, ""),
        run_id=version.run_id or "",
        tags=tags,
        source=version.source,
    )


def require_name(name: str, what: str) -> None:
    """Raise ParamsError unless a name or an alias is plain text that no address misreads."""
    if not _NAME.fullmatch(name):
        raise ParamsError(
            f"{what} is {name[:100]!r} (--{what}); give letters, digits, spaces, full stops,"
            " hyphens and underscores, up to 100"
        )


def require_alias(alias: str) -> None:
    """Raise ParamsError unless a text can be an alias."""
    if not _ALIAS.fullmatch(alias):
        raise ParamsError(
            f"alias is {alias[:100]!r} (--alias); give letters, digits, hyphens and underscores, up"
            " to 100"
        )
    if _RESERVED.fullmatch(alias):
        raise ParamsError(
            f"alias is {alias} (--alias), which MLflow keeps for versions; give another one, for"
            " example champion"
        )


def parse_address(address: str) -> tuple[str, str, str]:
    """Return name, version and alias of `models:/NAME/VERSION` or `models:/NAME@ALIAS`.

    The one that is not there is empty.

    Raises:
        ParamsError: It is no such address.
    """
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise ParamsError(
            f"{address} is no address of registered weights; give models:/NAME/VERSION or"
            " models:/NAME@ALIAS"
        )
    name, version, alias = match.groups(default="")
    return name, version, alias
