"""A network in a process of its own: its memory is free again when the last tile is mapped."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from typing import IO, Any, BinaryIO

from slidelens.errors import ResourceError, SlidelensError
from slidelens.learning.tiling.tile_job import NetworkChoice, load_once
from slidelens.types import Float32

_PATIENCE_S = 10  # for the process to end


class OwnProcessPredictor:
    """A `TilePredictor` whose network is computed in another process.

    The process ends when `close` is called, and when this process ends in whatever way.

    Attributes:
        margin: Pixels around the core that the network needs.
        core_side: Upper limit of the sides of a core, pixels.
    """

    def __init__(self, network: NetworkChoice) -> None:
        """Start the process and load the network there.

        Args:
            network: The network and how it is computed.

        Raises:
            SlidelensError: The network cannot be loaded; see `load_tile_predictor`.
        """
        search_path = os.pathsep.join(filter(None, sys.path))
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": search_path},
        )
        try:
            self.margin, self.core_side, self._description = self._ask(network)
        except BaseException:
            self.close()
            raise

    def predict(self, pixels: Float32) -> tuple[Float32, Float32 | None]:
        """Predict the core of a tile; see `TilePredictor.predict`."""
        output, deviation = self._ask(pixels)
        return output, deviation

    def describe(self) -> dict[str, str | int]:
        """Return what the result depends on besides the weights; also after `close`."""
        return dict(self._description)

    def close(self) -> None:
        """End the process, which gives its memory back."""
        process = self._process
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            pipe.close()
        try:
            process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _ask(self, question: object) -> Any:
        sender, receiver = self._process.stdin, self._process.stdout
        assert sender is not None
        assert receiver is not None
        try:
            _send(question, sender)
            answer = _receive(receiver)
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            status = self._process.wait(_PATIENCE_S)
            raise ResourceError(
                f"the process that computes the network ended with status {status}; if memory ran"
                " out, free some, or use engine openvino (--engine), which needs less"
            ) from error
        if isinstance(answer, SlidelensError):
            raise answer
        return answer


def _send(message: object, pipe: IO[bytes]) -> None:
    """Send a message; arrays follow it as they are, so that no process has a second copy."""
    arrays: list[pickle.PickleBuffer] = []
    frame = pickle.dumps(message, pickle.HIGHEST_PROTOCOL, buffer_callback=arrays.append)
    buffers = [array.raw() for array in arrays]
    pickle.dump((frame, [buffer.nbytes for buffer in buffers]), pipe)
    for buffer in buffers:
        pipe.write(buffer)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> Any:
    """Return the message that `_send` sends.

    Raises:
        EOFError: The other process has ended.
    """
    frame, sizes = pickle.load(pipe)
    buffers = [bytearray(size) for size in sizes]
    for buffer in buffers:
        if pipe.readinto(buffer) < len(buffer):  # type: ignore[attr-defined]
            raise EOFError
    return pickle.loads(frame, buffers=buffers)


def _serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Load the network that comes first, then predict the tiles that follow, until there are none.

    Args:
        questions: Where a `NetworkChoice` and the pixels of the tiles come from.
        answers: Where margin, side and description, and then the predictions go.
    """
    predictor = None
    while True:
        try:
            question = _receive(questions)
        except EOFError:
            return
        try:
            if predictor is None:
                predictor = load_once(question)
                answer: object = (predictor.margin, predictor.core_side, predictor.describe())
            else:
                answer = predictor.predict(question)
        except SlidelensError as error:
            # Without `__cause__`, which may not be picklable.
            answer = type(error)(str(error))
        _send(answer, answers)


def main() -> None:
    """Serve the process that has started this one, through standard input and output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other process ends this one
    sys.modules["pandas"] = None  # type: ignore[assignment]  # 60 MB, which Keras loads if it is there
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not mix with the answers
    try:
        _serve(sys.stdin.buffer, answers)
    except BrokenPipeError:
        os._exit(0)


if __name__ == "__main__":
    main()
