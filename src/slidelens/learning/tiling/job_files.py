"""The files of a job, as processes on other machines or in other folders find them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from slidelens.geo.rasters.header import Header
from slidelens.learning.tiling.tile_job import TileJob

_OF_GDAL = "/vsi"  # start of the names of GDAL's virtual file systems


def with_absolute_paths(job: TileJob) -> TileJob:
    """Return a job whose paths do not depend on the current folder."""
    source, before = job.source, job.source.before
    if before is not None:
        before = replace(before, header=_absolute(before.header))
    dem = None if source.dem is None else source.dem.absolute()
    source = replace(source, header=_absolute(source.header), dem=dem, before=before)
    return TileJob(source, replace(job.network, path=job.network.path.absolute()))


def find_missing_file(job: TileJob) -> Path | None:
    """Return a file of a job that is not there, or None; files behind addresses are left out."""
    return next((path for path in _paths(job) if not path.exists()), None)


def _absolute(header: Header) -> Header:
    return replace(header, path=header.path.absolute())


def _paths(job: TileJob) -> Iterator[Path]:
    source = job.source
    paths = [source.header.path, source.dem, job.network.path]
    if source.before is not None:
        paths.append(source.before.header.path)
    return (path for path in paths if path is not None and not str(path).startswith(_OF_GDAL))
