"""Progress of a training: a bar on a terminal, log lines elsewhere or if stages run in parallel."""

from __future__ import annotations

import logging
import math
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

log = logging.getLogger(__name__)

LINES = "SLIDELENS_PROGRESS"  # `lines` keeps the bars of parallel processes apart

Logs = dict[str, Any]


def progress(name: str, epochs: int, steps: int) -> keras.callbacks.Callback:
    """Return a callback that shows the loss and the validation F1 of each epoch.

    Args:
        name: Name of the date or stage.
        epochs: Upper limit of the number of epochs.
        steps: Batches in an epoch.
    """
    return (
        _bars(name, epochs, steps)
        if sys.stderr.isatty() and os.environ.get(LINES) != "lines"
        else _lines(name, epochs)
    )


def _lines(name: str, epochs: int) -> keras.callbacks.Callback:
    import keras

    return keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: log.info(
            "%s epoch %d/%d: %s", name, epoch + 1, epochs, _scores(logs)
        )
    )


def _bars(name: str, epochs: int, steps: int) -> keras.callbacks.Callback:
    import keras
    from tqdm import tqdm

    class Bars(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
        def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
            self.bar = tqdm(
                total=steps, desc=f"{name} epoch {epoch + 1}/{epochs}", ncols=110, unit="step"
            )

        def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
            self.bar.update()

        def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
            self.bar.set_postfix_str(_scores(logs))
            self.bar.close()

    return Bars()


def _scores(logs: Logs | None) -> str:
    if not logs:
        return ""
    f1 = logs["val_f1"]
    return f"loss {logs['loss']:.3f}, validation F1 {'–' if math.isnan(f1) else f'{f1:.3f}'}"
