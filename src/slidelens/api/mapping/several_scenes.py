"""Map several scenes into one folder: a job a scene, failures not in the way of the others."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from slidelens.api.event.report import event_report
from slidelens.api.mapping.folder_map import map_to_folder
from slidelens.api.mapping.job_ledger import Job, Ledger, open_ledger
from slidelens.api.mapping.map_files import OWN_FILES, PROBABILITY
from slidelens.api.mapping.options import MapOptions
from slidelens.api.mapping.outlining import OutlinedMap
from slidelens.api.mapping.remote import local_file, without_query
from slidelens.api.mapping.scenes import SceneSource
from slidelens.api.network import Network
from slidelens.api.scene import open_for
from slidelens.errors import SceneError, SlidelensError
from slidelens.escaping import one_line
from slidelens.files import write_text
from slidelens.geo.rasters.options import ReadingOptions
from slidelens.learning.tiling.identity import states_of, weights_digest
from slidelens.learning.tiling.running import Runner
from slidelens.redaction import redact
from slidelens.run import describe_error

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class MapJob:
    """How all scenes are mapped.

    Attributes:
        network: The network.
        options: What the user chose.
        reading: How the bands of the scenes are read.
        report: Whether each folder gets densities and a report.
        run: Maps tiles; by default in this process.
    """

    network: Network
    options: MapOptions = field(default_factory=MapOptions)
    reading: ReadingOptions = field(default_factory=ReadingOptions)
    report: bool = False
    run: Runner | None = None


def map_scenes(sources: Sequence[SceneSource], folder: Path, how: MapJob) -> list[Job]:
    """Map scenes into folders of their own, and return the jobs in their order.

    Scenes that an earlier call has mapped with the same weights and options are not mapped again.
    `jobs.csv` is written after every scene.

    Args:
        sources: The scenes; their names are those of their folders.
        folder: The output folder: new, empty, or that of an earlier call.
        how: How all scenes are mapped.

    Raises:
        OutputError: The folder holds other files, or cannot be written.
        WeightsError: The weights cannot be read.
        ParamsError: The engine is not installed.
    """
    with open_ledger(folder) as ledger:
        weights = weights_digest(how.network.path)
        identities = {each.name: _identify(each, weights, how) for each in sources}
        known = set(ledger.jobs)
        todo = [each for each in sources if not _is_done(ledger, each.name, identities, how)]
        if len(todo) < len(sources):
            log.info("scenes mapped before: %d of %d", len(sources) - len(todo), len(sources))
        ledger.put(*(Job(each.location, each.name, "waiting") for each in todo))
        if any(each.problem is None for each in todo):  # what is wrong here is wrong for all
            how.network.tile_predictor(how.options.engine, how.options.precision)
        for number, source in enumerate(todo, 1):
            log.info("scene %d of %d: %s", number, len(todo), source.location)
            job = _map_one(source, folder, how, replaces=source.name in known)
            ledger.put(replace(job, identity=identities[source.name]))
            _write_index(ledger, how)
        return [ledger.jobs[each.name] for each in sources]


def map_one_scene(
    path: Path,
    folder: Path,
    how: MapJob,
    own: Collection[str] = (),
    source: SceneSource | None = None,
) -> OutlinedMap:
    """Map a scene into a folder.

    Args:
        path: The scene.
        folder: The folder.
        how: How it is mapped.
        own: Patterns of files of an earlier map, which may be in the folder and are replaced.
        source: Where the scene comes from, which the report tells; by default its file.

    Raises:
        SlidelensError: The scene cannot be mapped, or the folder cannot be written.
    """
    name, date = (None, None) if source is None else (source.name, source.date)
    with event_report(how.report, how.options, name, date) as finish:
        scene = open_for(path, how.network, how.reading)
        return map_to_folder(
            scene,
            how.network,
            folder,
            how.options,
            how.run,
            finish=finish,
            own=own,
            date=date,
        )


def _map_one(source: SceneSource, folder: Path, how: MapJob, replaces: bool) -> Job:
    """Map a scene; an error becomes a job that failed."""
    started = time.monotonic()
    try:
        if source.problem is not None:
            raise SceneError(source.problem)
        path = local_file(source.address, folder / ".remote" / f"{source.name}.vrt")
        own = OWN_FILES if replaces else ()
        outlined = map_one_scene(path, folder / source.name, how, own, source)
    except SlidelensError as error:
        message = str(error)
    except Exception as error:
        message, _ = describe_error(error)
    else:
        seconds = round(time.monotonic() - started, 1)
        numbers = outlined.summary()
        return Job(
            source.location,
            source.name,
            "done",
            len(outlined.landslides),
            numbers["area_m2"],
            numbers["mapped_km2"],
            numbers["threshold"],
            seconds,
        )
    job = Job(source.location, source.name, "failed", message=one_line(redact(message)))
    log.error("%s", job.failure)
    return job


def _identify(source: SceneSource, weights: str, how: MapJob) -> str:
    """Return a digest of all that the files of a scene depend on."""
    options = how.options
    inputs = states_of(Path(source.address), options.dem, options.before)
    values = [
        without_query(source.address),
        # Flat, so that what earlier versions have finished counts.
        *(list(chain(*state)) for state in inputs.values()),
        repr(options),
        repr(how.reading),
        weights,
        how.report,
    ]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:32]


def _is_done(ledger: Ledger, name: str, identities: dict[str, str], how: MapJob) -> bool:
    job = ledger.jobs.get(name)
    if job is None or job.state != "done" or job.identity != identities[name]:
        return False
    files = (PROBABILITY, f"inventory.{how.options.format}")
    return all((ledger.folder / name / file).is_file() for file in files)


def _write_index(ledger: Ledger, how: MapJob) -> None:
    """Write the list of the reports."""
    if how.report:
        from slidelens.api.event.index import IndexRow, render_index

        rows = [
            IndexRow(
                job.folder,
                job.scene,
                job.state,
                job.landslides,
                job.area_m2,
                job.mapped_km2,
                job.message,
                (ledger.folder / job.folder / "report.html").is_file(),
            )
            for job in ledger.jobs.values()
        ]
        write_text(ledger.folder / "index.html", render_index(rows, how.network.path.name))
