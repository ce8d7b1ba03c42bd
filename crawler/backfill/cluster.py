"""Files to readers: processes of this machine, or the workers of a Dask scheduler.

A worker that is lost costs what it was reading: Dask gives that file to another, three times at most
(`distributed.scheduler.allowed-failures`). The workers of a scheduler elsewhere need this software, and the files and the
folder of the parts under the same paths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from distributed import Client, KilledWorker, LocalCluster, as_completed

from crawler.backfill.files import NlmFile
from crawler.backfill.part import Failed, Read, attempt
from spiders.pubmed_draft import SOURCE
from spiders.topic import Topic
from store.errors import ConfigError, Crashed

_LOOPBACK = "127.0.0.1"

Work = Callable[[Path, Path, Sequence[Topic]], Read | Failed]


@contextmanager
def connected(scheduler: str | None, workers: int | None) -> Iterator[Client]:
    """A client of the scheduler at this address ("tcp://host:8786"), or of processes of this machine: `workers`, or one for
    each core. Raises ConfigError if the scheduler does not answer.
    """
    if scheduler:
        try:
            client = Client(scheduler, timeout="10s")
        except (OSError, ValueError) as error:
            raise ConfigError(f"--scheduler {scheduler}: {error}") from error
        with client:
            yield client
        return
    with (
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host=_LOOPBACK,
            dashboard_address=None,
            silence_logs="CRITICAL",
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def read_files(
    client: Client, files: Sequence[NlmFile], parts: Path, topics: Sequence[Topic], work: Work = attempt
) -> Iterator[Read | Failed]:
    """How each file ended, as it ends."""
    futures = {client.submit(work, file.path, parts, tuple(topics), pure=False): file for file in files}
    for future in as_completed(futures):
        yield _ended(future, futures[future])


def _ended(future: object, file: NlmFile) -> Read | Failed:
    try:
        read: Read | Failed = future.result()  # type: ignore[attr-defined]
    except KilledWorker as error:
        return _crashed(file, f"its readers died: {error}")
    except Exception as error:  # whatever went wrong there is told of that file, and stops no other
        return _crashed(file, repr(error))
    return read


def _crashed(file: NlmFile, cause: str) -> Failed:
    error = Crashed(SOURCE, cause, file.path.name)
    return Failed(file.name, error.outcome, str(error))
