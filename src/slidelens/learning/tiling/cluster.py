"""Map the tiles of a scene on the workers of a Dask cluster."""

from __future__ import annotations

import logging
import platform
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from types import ModuleType
from typing import TYPE_CHECKING, Any

from slidelens.errors import ParamsError, ResourceError, SlidelensError
from slidelens.escaping import one_line
from slidelens.learning.inference.windows import Window
from slidelens.learning.tiling.job_files import find_missing_file, with_absolute_paths
from slidelens.learning.tiling.running import Runner
from slidelens.learning.tiling.tile_job import MappedTile, TileJob, map_on_worker
from slidelens.resources import usable_cores

if TYPE_CHECKING:
    from distributed import Client, Future

log = logging.getLogger(__name__)

_AHEAD = 2  # tiles that are under way at once for each worker, which bounds memory
_RETRIES = 2  # of a tile that has failed
_FAILURES = 3  # workers that may die on a tile
_PATIENCE_S = 10
_NOT_LOADED = "Error during deserialization"  # Dask's message
_ADDRESS = re.compile(r"((tcp|tls|ucx)://)?[^/\s]+:\d+|wss?://\S+|inproc://\S+")
_THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


@contextmanager
def choose_runner(workers: int | None, scheduler: str | None) -> Iterator[Runner | None]:
    """Yield the function that maps tiles on a cluster; None without one.

    Args:
        workers: Processes of one thread to start on this machine.
        scheduler: Address of a running scheduler instead, for example `tcp://10.0.0.1:8786`; it
            and its workers need slidelens in this version, and the workers the scene and the
            weights under the same paths.

    Raises:
        ParamsError: Dask is not installed, no scheduler answers at the address, or slidelens is
            missing there or has another version.
    """
    if scheduler is not None and not scheduler.strip():
        raise ParamsError("scheduler (--scheduler) is empty; give an address, or leave it out")
    if workers is None and scheduler is None:
        yield None
        return
    if workers is not None and scheduler is not None:
        raise ParamsError(
            "scheduler (--scheduler) has workers of its own; leave out workers (--workers)"
        )
    try:
        import distributed
    except ImportError as error:
        raise ParamsError(
            "workers (--workers) and scheduler (--scheduler) need Dask; install"
            " slidelens[distributed]"
        ) from error
    logging.getLogger("distributed").setLevel(logging.WARNING)
    if scheduler is not None:
        _require_address(scheduler)
    with _client(distributed, workers, scheduler) as client:

        def run(
            job: TileJob, tiles: Sequence[Window], positions: Sequence[int]
        ) -> Iterator[tuple[int, MappedTile]]:
            yield from _run(client, job, tiles, positions)

        yield run


def _require_address(scheduler: str) -> None:
    """Raise ParamsError unless an address has a port, and a protocol that Dask knows, if any."""
    if not _ADDRESS.fullmatch(scheduler.strip()):
        raise ParamsError(
            f"{scheduler} (--scheduler) is no address of a Dask scheduler; give the one that"
            " `dask scheduler` prints, like tcp://10.0.0.1:8786"
        )


@contextmanager
def _client(
    distributed: ModuleType, workers: int | None, scheduler: str | None
) -> Iterator[Client]:
    if scheduler is not None:
        try:
            client = distributed.Client(scheduler, timeout=_PATIENCE_S, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise ParamsError(
                f"no Dask scheduler answers at {scheduler}; start one with `dask scheduler`, and"
                " give the address that it prints"
            ) from error
        with client:
            if not client.nthreads():
                log.warning("%s has no workers yet; waiting for them", scheduler)
                client.wait_for_workers(1)
            _require_same_version(client, scheduler)
            yield client
        return
    import dask

    count = workers or 1
    threads = max(1, usable_cores() // count)
    settings = {
        "distributed.nanny.pre-spawn-environ": dict.fromkeys(_THREADS, str(threads)),
        "distributed.scheduler.allowed-failures": _FAILURES,
        "distributed.worker.daemon": True,
    }
    with (
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        ) as local,
        distributed.Client(local, set_as_default=False) as client,
    ):
        yield client


def _require_same_version(client: Client, address: str) -> None:
    """Raise ParamsError if the scheduler or a worker lacks slidelens, or has another version."""
    versions: Any = client.get_versions(packages=["slidelens"])
    here = _version_of(versions["client"])
    others = {f"worker {place}": of for place, of in versions["workers"].items()}
    others["the scheduler"] = versions["scheduler"]
    for name, of in others.items():
        if (found := _version_of(of)) != here:
            raise ParamsError(
                f"{name} of {address} has {found}, and this process has {here}; install the same"
                " version for the scheduler and all workers"
            )


def _version_of(place: Mapping[str, Any] | None) -> str:
    version = place["packages"].get("slidelens") if place else None
    return f"slidelens {version}" if version else "no slidelens"


def _run(
    client: Client, job: TileJob, tiles: Sequence[Window], positions: Sequence[int]
) -> Iterator[tuple[int, MappedTile]]:
    """Map tiles on the workers of a client, also those that join meanwhile.

    Few tiles are under way at once, which bounds memory.
    """
    from distributed import as_completed

    job = with_absolute_paths(job)
    waiting = iter(positions)

    def submit(position: int) -> Future[MappedTile | SlidelensError]:
        future = client.submit(
            _attempt, map_on_worker, job, tiles[position], pure=False, retries=_RETRIES
        )
        position_of[future.key] = position
        return future

    def submit_more() -> list[Future[MappedTile | SlidelensError]]:
        wanted = _AHEAD * max(1, len(client.nthreads())) - len(position_of)
        return [submit(position) for position in islice(waiting, max(0, wanted))]

    position_of: dict[object, int] = {}
    under_way = as_completed(submit_more(), loop=client.loop)
    for future in under_way:
        position = position_of.pop(future.key)
        result = _result_of(future, position)
        future.release()
        for following in submit_more():
            under_way.add(following)
        if isinstance(result, SlidelensError):
            raise result
        yield position, result


def _result_of(
    future: Future[MappedTile | SlidelensError], position: int
) -> MappedTile | SlidelensError:
    """Return what a worker made of a tile, or raise the error that says why there is nothing."""
    from distributed import KilledWorker

    try:
        return future.result()
    except KilledWorker as error:
        raise ResourceError(
            f"{_FAILURES} workers died while they mapped tile {position}; start fewer workers,"
            " which leaves more memory to each"
        ) from error
    except (ImportError, RuntimeError) as error:
        if isinstance(error, ImportError) or _NOT_LOADED in str(error):
            raise ParamsError(
                f"the scheduler or a worker cannot load what it needs ({one_line(str(error))});"
                " install slidelens[distributed,train] there, in the same version as here"
            ) from error
        raise


def _attempt(
    work: Callable[[TileJob, Window], MappedTile], job: TileJob, window: Window
) -> MappedTile | SlidelensError:
    """Return the result, or the error of the input without its causes, which may not travel."""
    try:
        return work(job, window)
    except SlidelensError as error:
        if missing := find_missing_file(job):
            return ParamsError(
                f"the worker on {platform.node()} has no {missing}; workers need the scene, the"
                " weights and other inputs under the same paths as here"
            )
        return type(error)(str(error))
