"""Open the runs in MLflow's user interface (`make mlflow`)."""

from __future__ import annotations

import os
import sys
import webbrowser

from slidelens.run import run
from slidelens.tracking.store import tracking_uri


def main() -> int:
    """Serve the local store, or open the team's server that MLFLOW_TRACKING_URI names."""
    return run("mlflow", open_ui)


def open_ui() -> None:
    """Open the user interface in a browser; with a local store, serve it first."""
    uri = tracking_uri()
    if uri.startswith("http"):
        print(f"runs are at {uri}", file=sys.stderr)
        webbrowser.open(uri)
        return
    port = os.environ.get("PORT", "5000")
    print(f"serving {uri} at http://127.0.0.1:{port}; stop with Ctrl-C", file=sys.stderr)
    os.execv(
        sys.executable,
        [
            sys.executable,
            "-m",
            "mlflow",
            "server",
            "--backend-store-uri",
            uri,
            "--host",
            "127.0.0.1",
            "--port",
            port,
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
