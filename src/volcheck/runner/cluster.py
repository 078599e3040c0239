"""Calls of volcheck on the workers of a Dask cluster (`--dask ADDRESS`, extra `cluster`).

Each worker needs the same volcheck, and its own tokens or clouds.yaml: a task names variables and clouds, and holds no
secret. What a worker that is lost was at is done again by another one (Dask's `allowed-failures` says how often).
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from volcheck import __version__
from volcheck.errors import UsageError, VolcheckError
from volcheck.runner.call import Answer, Call, perform

if TYPE_CHECKING:
    from distributed import Client

#: Seconds until the scheduler must have answered.
_CONNECT = 20.0
#: Seconds between two looks at whether the calls are to end.
_LOOK = 1.0


@attrs.frozen
class Cluster:
    """The workers of a Dask scheduler."""

    client: Client

    @property
    def threads(self) -> int:
        """How many tasks the workers perform at the same time, at the moment."""
        return sum(self.client.nthreads().values())

    def perform(
        self, calls: Sequence[Call], *, stopped: Callable[[], int] = lambda: 0
    ) -> Iterator[tuple[Call, Answer]]:
        """Perform calls on the workers; each with its answer as it comes.

        stopped: asked now and then; 1: the calls are to end, and what they answer then is waited for, 2: they are to end, and
        nobody waits. A call whose workers were all lost is answered with code 3.
        """
        from distributed import Event, as_completed

        stop = Event(f"volcheck-{uuid.uuid4()}", client=self.client)
        futures = {
            # Not pure: the same call again is another call.
            self.client.submit(
                _on_worker, call, stop.name, pure=False, key=f"{call.name}-{uuid.uuid4()}"
            ): call
            for call in calls
        }
        left = set(futures)
        try:
            while left:
                try:
                    for future in as_completed(list(left), timeout=_LOOK):
                        left.discard(future)
                        yield futures[future], _answer(future)
                except TimeoutError:
                    wanted = stopped()
                    if wanted and not stop.is_set():
                        stop.set()
                    if wanted == 2:
                        for future in left:
                            yield futures[future], Answer(3, "The campaign was ended without waiting for it.")
                        left.clear()
        finally:
            # Whoever does not want the rest leaves nothing at work.
            if left:
                stop.set()


def connect(address: str) -> Cluster:
    """The cluster of the scheduler at an address such as `tcp://10.0.0.5:8786`.

    Raises UsageError where the extra is not installed, nothing answers there, or it has no worker.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError(
            f"--dask needs Dask ({error.name} is not installed): install volcheck with the extra `cluster`."
        ) from error
    try:
        client = Client(address, timeout=_CONNECT)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"--dask {address}: no Dask scheduler answers there ({error}); start one with `dask scheduler`."
        ) from error
    try:
        client.wait_for_workers(1, timeout=_CONNECT)
    except TimeoutError as error:
        client.close()
        raise UsageError(
            f"--dask {address}: the scheduler has no worker; start some with `dask worker {address}`."
        ) from error
    return Cluster(client)


def _on_worker(call: Call, stop: str) -> Answer:
    """What a worker does for a task."""
    from distributed import Event, get_client

    if call.version != __version__:
        return Answer(
            2, f"The worker has volcheck {__version__}, and was asked by {call.version}: install the same."
        )
    event = Event(stop, client=get_client())
    try:
        return perform(call, environ=os.environ, stopped=lambda: int(event.is_set()))
    except VolcheckError as error:
        return Answer(error.exit_code, f"On the worker: {error}")


def _answer(future: Any) -> Answer:
    error = future.exception()
    if error is None:
        answer: Answer = future.result()
        return answer
    return Answer(3, f"its task failed on the cluster ({type(error).__name__}: {error})")
