"""Register weights in MLflow's model registry, and get them from there.

What slidelens reads from the registry is one weights file, whose hash is a tag of the version.
Nothing that lies there is run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from slidelens.errors import SlidelensError, TrackingError
from slidelens.redaction import redact
from slidelens.registry.records import (
    EXPERIMENT_TAG,
    SHA_TAG,
    VERSIONS_TAG,
    WEIGHTS_FILE,
    LoggedRun,
    RegisteredVersion,
    describe_version,
    parse_address,
    require_name,
)
from slidelens.tracking.entries import KEY_TAG, valid_name
from slidelens.tracking.experiment import get_or_create_experiment
from slidelens.tracking.identity import data_hashes
from slidelens.tracking.store import (
    check_uri,
    connect,
    reason_of,
    store_lock,
    unusable_store,
    user_name,
)

if TYPE_CHECKING:
    from mlflow import MlflowClient

_DVC_TAGS = ("dvc.exp_name", "dvc.baseline_rev", "git.revision")
_MISSING = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
_LONGEST_DESCRIPTION = 5000


@dataclass(frozen=True)
class Registry:
    """The model registry of an MLflow store.

    Attributes:
        uri: Address of the store.
    """

    uri: str

    def run_of(self, weights: Path) -> LoggedRun | None:
        """Return the first experiment that logged a weights file of this name and content.

        Args:
            weights: The weights file.
        """
        client = self._connect()
        tag = valid_name(f"data.models/{weights.name}")
        (digest,) = data_hashes([weights]).values()
        with self._translated(), store_lock(self.uri):
            runs = client.search_runs(
                [get_or_create_experiment(client, self.uri)],
                f"tags.`{tag}` = '{digest}' and tags.`{KEY_TAG}` LIKE '%'",
                max_results=1,
                order_by=["attributes.start_time ASC"],
            )
        if not runs:
            return None
        (run,) = runs
        info, data = run.info, run.data
        return LoggedRun(
            info.run_id, info.run_name, dict(data.tags), dict(data.params), dict(data.metrics)
        )

    def find(self, name: str, sha256: str) -> RegisteredVersion | None:
        """Return the version of a model that holds some weights; None if there is none.

        Args:
            name: Name of the model.
            sha256: SHA-256 of the weights file.
        """
        require_name(name, "name")
        client = self._connect()
        with self._translated():
            versions = client.search_model_versions(f"name = '{name}'")
        found = (describe_version(version) for version in versions)
        return next((each for each in found if each.sha256 == sha256), None)

    def add(
        self,
        name: str,
        sha256: str,
        run: LoggedRun | None,
        model: Path,
        card: str,
        tags: Mapping[str, str],
    ) -> RegisteredVersion:
        """Add a version to a model, which is made if needed; version and run name each other.

        Args:
            name: Name of the model.
            sha256: SHA-256 of the weights file.
            run: The experiment that the weights are of; None: a run of its own holds them.
            model: Folder of MLflow's format.
            card: Model card, markdown.
            tags: Further tags of the version.
        """
        client, place = self._connect(), f"registered/{sha256[:16]}"
        with self._translated(), store_lock(self.uri):
            run = run or self._own_run(client, name)
            client.log_artifacts(run.run_id, str(model), place)
            _make_model(client, name)
            of_run = {key: run.tags[key] for key in _DVC_TAGS if key in run.tags}
            version = client.create_model_version(
                name,
                f"runs:/{run.run_id}/{place}",
                run.run_id,
                tags={**tags, **of_run, SHA_TAG: sha256, EXPERIMENT_TAG: run.name},
                description=card[:_LONGEST_DESCRIPTION],
            )
            before = client.get_run(run.run_id).data.tags.get(VERSIONS_TAG)
            versions = ", ".join(filter(None, [before, f"{name}/{version.version}"]))
            client.set_tag(run.run_id, VERSIONS_TAG, versions)
        return describe_version(version)

    def set_alias(self, version: RegisteredVersion, alias: str) -> None:
        """Give a version an alias, which another version may have had."""
        client = self._connect()
        with self._translated():
            client.set_registered_model_alias(version.name, alias, str(version.version))

    def _own_run(self, client: MlflowClient, name: str) -> LoggedRun:
        experiment_id = get_or_create_experiment(client, self.uri)
        tags = {"mlflow.user": user_name(), "mlflow.source.name": "slidelens"}
        run = client.create_run(experiment_id, run_name=f"register-{name}", tags=tags)
        client.set_terminated(run.info.run_id)
        return LoggedRun(run.info.run_id, run.info.run_name, {}, {}, {})

    def version_at(self, address: str) -> RegisteredVersion:
        """Return the version that an address `models:/NAME/VERSION` or `models:/NAME@ALIAS` names.

        Raises:
            ParamsError: It is no such address.
            TrackingError: There is no such version, or slidelens has not registered it.
        """
        name, number, alias = parse_address(address)
        client = self._connect(reading=True)
        with self._translated(self._missing(address)):
            version = (
                client.get_model_version_by_alias(name, alias)
                if alias
                else client.get_model_version(name, number)
            )
        described = replace(describe_version(version), name=name)  # not what a server calls it
        if not re.fullmatch("[0-9a-f]{64}", described.sha256):
            raise TrackingError(
                f"version {described.version} of {name} was not registered by slidelens; register"
                " its weights with `slidelens register`"
            )
        return described

    def fetch(self, version: RegisteredVersion, folder: Path) -> Path:
        """Download the weights file of a version, which is not yet to be trusted.

        Args:
            version: The version.
            folder: Where the file is put.
        """
        from mlflow.artifacts import download_artifacts

        self._connect(reading=True)
        lost = f"the weights of version {version.version} of {version.name} cannot be read"
        with self._translated(f"{lost}; register them again"):
            return Path(
                download_artifacts(
                    f"{version.source}/data/{WEIGHTS_FILE}",
                    dst_path=str(folder),
                    tracking_uri=self.uri,
                )
            )

    def _connect(self, reading: bool = False) -> MlflowClient:
        check_uri(self.uri, reading)
        return connect(self.uri)

    def _missing(self, address: str) -> str:
        return (
            f"the MLflow store {redact(self.uri)} has no {address}; make it with `slidelens"
            " register WEIGHTS --name NAME --alias ALIAS`, or name another store in"
            " MLFLOW_TRACKING_URI"
        )

    @contextmanager
    def _translated(self, missing: str = "") -> Iterator[None]:
        """Turn MLflow's errors into one line.

        Args:
            missing: What to say if there is no such thing.
        """
        try:
            yield
        except SlidelensError:
            raise
        except Exception as error:
            is_missing = getattr(error, "error_code", "") in _MISSING
            if missing and (is_missing or isinstance(error, OSError)):
                raise TrackingError(missing) from error
            raise unusable_store(self.uri, reason_of(error)) from error


def _make_model(client: MlflowClient, name: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
