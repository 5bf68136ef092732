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
from slidelens.redaction import redact
from slidelens.tracking.experiment import deleted_message
from slidelens.tracking.store import (
    LOCK_TIMEOUT_S,
    connect,
    is_deleted,
    is_refusal,
    reason_of,
    sqlite_path,
)

if TYPE_CHECKING:
    from mlflow import MlflowClient

log = logging.getLogger(__name__)
SEND_EVERY_S = 5.0  # epochs are sent together, so that epochs of a second are not slowed down
RETRY_AFTER_S = 300.0  # after a server did not answer
# At its end a stage waits so long for the next entry to be sent. A request takes 10 s at most,
# unless the server answers byte by byte; a database may be locked.
PATIENCE_S = 30.0
DATABASE_PATIENCE_S = LOCK_TIMEOUT_S + 30.0
Action = Callable[["MlflowClient"], object]


@dataclass
class Outbox:
    """Entries that wait for the store at `uri`; the first action opens the run.

    A thread sends them, in order. If the store is away they wait; entries that the store refuses
    are dropped with a warning.
    """

    uri: str
    _waiting: deque[Action] = field(default_factory=deque, init=False)
    _client: MlflowClient | None = field(default=None, init=False)
    _sender: threading.Thread | None = field(default=None, init=False)
    _is_open: bool = field(default=False, init=False)
    _number_settled: int = field(default=0, init=False)
    _next_send_s: float = field(default=0.0, init=False)
    _warned_away: bool = field(default=False, init=False)
    _refusals: set[str] = field(default_factory=set, init=False)

    @property
    def is_empty(self) -> bool:
        """Whether everything was sent."""
        return not self._waiting

    def open(self, action: Action) -> None:
        """Do the action that opens the run, in the background.

        Raises:
            TrackingError: The address is of no kind that MLflow knows.
        """
        if not sqlite_path(self.uri):
            self._client = connect(self.uri)  # contacts no server yet
        self.add(action)
        self.send()

    def add(self, action: Action) -> None:
        """Queue an entry."""
        self._waiting.append(action)

    def is_due(self) -> bool:
        """Return whether it is time to send again."""
        return not self._is_sending() and time.monotonic() >= self._next_send_s

    def send(self) -> None:
        """Begin to send what waits, unless that is under way."""
        if self._is_sending():
            return
        sender = threading.Thread(target=self._send, name="mlflow", daemon=True)
        try:
            sender.start()
        except RuntimeError:  # a limit of memory or of threads
            self._send()
        else:
            self._sender = sender

    def close(self) -> None:
        """Send what still waits, as long as the store takes it."""
        self._wait()
        if self._waiting and not self._is_sending():
            self.send()
            self._wait()

    def _is_sending(self) -> bool:
        return self._sender is not None and self._sender.is_alive()

    def _wait(self) -> None:
        """Wait until everything is sent, or until nothing is any longer."""
        patience_s = DATABASE_PATIENCE_S if sqlite_path(self.uri) else PATIENCE_S
        number = -1
        while self._sender is not None and self._is_sending() and number != self._number_settled:
            number = self._number_settled
            self._sender.join(patience_s)

    def _send(self) -> None:
        """Send what waits, up to the first entry for which the store is away."""
        self._next_send_s = time.monotonic() + SEND_EVERY_S
        while self._waiting and self._is_settled(self._waiting[0]):
            self._waiting.popleft()
            self._number_settled += 1
            self._next_send_s = time.monotonic() + SEND_EVERY_S

    def _is_settled(self, action: Action) -> bool:
        """Return whether an entry was sent or refused, rather than has to wait."""
        try:
            if self._client is None:
                self._client = connect(self.uri)
            action(self._client)
        except Exception as error:  # whatever fails in logging, the stage goes on
            return not self._must_wait(error)
        self._is_open = True
        return True

    def _must_wait(self, error: Exception) -> bool:
        away = not self._is_open or not is_refusal(error)
        reason = self._reason(error)
        outcome = "the stage goes on and its log waits" if away else "this entry is not logged"
        if not (self._warned_away if away else reason in self._refusals):
            log.warning("MLflow at %s: %s; %s", redact(self.uri), reason, outcome)
        if away:
            self._warned_away = True
            self._next_send_s = time.monotonic() + RETRY_AFTER_S
        else:
            self._refusals.add(reason)
        return away

    def _reason(self, error: Exception) -> str:
        if isinstance(error, TrackingError):
            return str(error)
        reason = reason_of(error)
        return (deleted_message(self.uri) if is_deleted(error) else "") or reason
