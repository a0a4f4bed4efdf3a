"""Doing things at the same time, on threads with database connections of their own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

SECONDS = 60.0


def at_once[T](*jobs: Callable[[], T]) -> list[T]:
    """Begin all jobs at the same moment; their results in order. Raises what the first failing one raised."""
    gate = threading.Barrier(len(jobs))

    def run(job: Callable[[], T]) -> T:
        try:
            gate.wait(SECONDS)
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result(SECONDS) for future in [pool.submit(run, job) for job in jobs]]
