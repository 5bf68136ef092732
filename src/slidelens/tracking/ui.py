"""Open the runs in MLflow's user interface (`make mlflow`)."""

from __future__ import annotations

import os
import sys
import webbrowser
from pathlib import Path

from slidelens.redaction import redact
from slidelens.run import run
from slidelens.tracking.database import follow_moved_folder
from slidelens.tracking.store import (
    EXPERIMENT,
    check_uri,
    connect,
    sqlite_path,
    store_lock,
    tracking_uri,
)


def main() -> int:
    """Serve the local store, or open the team's server that MLFLOW_TRACKING_URI names."""
    return run("mlflow", open_ui)


def open_ui() -> None:
    """Open the user interface in a browser; with a local store, serve it first."""
    uri = tracking_uri()
    if uri.startswith("http"):
        print(f"runs are at {redact(uri)}", file=sys.stderr)
        webbrowser.open(uri)
        return
    page = _prepare(uri)
    port = os.environ.get("PORT", "5000")
    address = f"http://127.0.0.1:{port}/#/{page}"
    print(f"serving {redact(uri)} at {address}; stop with Ctrl-C", file=sys.stderr)
    os.execv(
        sys.executable,
        [
            sys.executable,
            "-m",
            "mlflow",
            "server",
            "--backend-store-uri",
            uri,
            "--host=127.0.0.1",
            f"--port={port}",
        ],
    )


def _prepare(uri: str) -> str:
    """Make the database if there is none, and find the artifacts of a project that was moved.

    Returns:
        The page of the runs. MLflow would open the one of generative AI.
    """
    path = Path(sqlite_path(uri))
    page = "experiments"
    if sqlite_path(uri) and os.access(path.parent, os.W_OK):
        check_uri(uri)
        client = connect(uri)
        with store_lock(uri):
            follow_moved_folder(path, EXPERIMENT)
        if experiment := client.get_experiment_by_name(EXPERIMENT):
            page += f"/{experiment.experiment_id}/runs"
    return f"{page}?workflowType=machine_learning"


if __name__ == "__main__":
    sys.exit(main())
