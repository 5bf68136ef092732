"""Send a run's entries to the MLflow store in order, without holding up the stage."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from slidelens.errors import TrackingError
from slidelens.tracking.store import connect, is_temporary, reason_of, redact, sqlite_path

if TYPE_CHECKING:
    from mlflow import MlflowClient

log = logging.getLogger(__name__)
SEND_EVERY_S = 5.0  # epochs are sent together, so that epochs of a second are not slowed down
RETRY_AFTER_S = 300.0  # after a server did not answer
Action = Callable[["MlflowClient"], object]


@dataclass
class Outbox:
    """Entries that wait for the store at `uri`; the first action opens the run.

    Entries stay in order. If the store is away they wait; entries that the store refuses are
    dropped with a warning.
    """

    uri: str
    _waiting: deque[Action] = field(default_factory=deque, init=False)
    _client: MlflowClient | None = field(default=None, init=False)
    _opening: threading.Thread | None = field(default=None, init=False)
    _is_open: bool = field(default=False, init=False)
    _next_send_s: float = field(default=0.0, init=False)
    _warned: bool = field(default=False, init=False)

    @property
    def is_empty(self) -> bool:
        """Whether everything was sent."""
        return not self._waiting

    def open(self, action: Action) -> None:
        """Do the action that opens the run; with a database in the background.

        MLflow takes seconds to start, during which the stage goes on.
        """
        if sqlite_path(self.uri):
            self._opening = threading.Thread(
                target=self._open, args=(action,), name="mlflow", daemon=True
            )
            self._opening.start()
        else:
            self.add(action)
            self.send()

    def _open(self, action: Action) -> None:
        try:
            client = connect(self.uri)
            action(client)
        except Exception:  # the next sending tries again and reports the error
            self._waiting.appendleft(action)
        else:
            self._client, self._is_open = client, True

    def add(self, action: Action) -> None:
        """Queue an entry."""
        self._waiting.append(action)

    def is_due(self) -> bool:
        """Return whether it is time to send again."""
        opening = self._opening is not None and self._opening.is_alive()
        return not opening and time.monotonic() >= self._next_send_s

    def wait_until_open(self) -> None:
        """Wait until the run was opened or failed to open."""
        if self._opening is not None:
            self._opening.join()

    def send(self) -> None:
        """Send what waits, up to the first entry for which the store is away."""
        self._next_send_s = time.monotonic() + SEND_EVERY_S
        while self._waiting and self._is_settled(self._waiting[0]):
            self._waiting.popleft()

    def _is_settled(self, action: Action) -> bool:
        """Return whether an entry was sent or refused, rather than has to wait."""
        try:
            if self._client is None:
                self._client = connect(self.uri)
            action(self._client)
        except TrackingError:
            raise
        except Exception as error:  # whatever fails in logging, the stage goes on
            return not self._must_wait(error)
        self._is_open = True
        return True

    def _must_wait(self, error: Exception) -> bool:
        away = not self._is_open or is_temporary(error)
        if not (away and self._warned):
            outcome = "the stage goes on and its log waits" if away else "this entry is not logged"
            reason = reason_of(error, self.uri)
            log.warning("MLflow at %s: %s; %s", redact(self.uri), reason, outcome)
        self._warned |= away
        self._next_send_s = time.monotonic() + (RETRY_AFTER_S if away else SEND_EVERY_S)
        return away
