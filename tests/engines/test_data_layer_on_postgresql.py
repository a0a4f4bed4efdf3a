"""The data-layer suites once more, on PostgreSQL with Redis: the same code, the same promises."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.engines.children import ROOT
from tests.engines.servers import Absent, Postgres, postgres

# Those whose rows are locked, claimed and counted are run always (and everything of this folder), all of them in the long form.
QUICK = ("outbox", "inbox", "tickets")
SUITES = ("audit", "staff", "channels", "outbox", "inbox", "duty", "tickets", "incidents", "dialogue", "supervision", "api", "paging")
AT_LEAST = 100  # tests that must have run and passed
SECONDS = 480


@pytest.fixture
def quick_postgres() -> Iterator[Postgres]:
    """Without fsync: emptying forty tables after each test is most of the time otherwise, and nothing is killed here."""
    try:
        with postgres(fsync=False) as server:
            yield server
    except Absent as reason:
        pytest.skip(str(reason))


def suites(names: Sequence[str]) -> list[str]:
    folders = [f"tests/bot/{name}" for name in names]
    return [folder for folder in folders if list(Path(ROOT, folder).glob("test_*.py"))] + ["tests/engines"]


@pytest.mark.timeout(SECONDS + 60)
@pytest.mark.parametrize("names", [pytest.param(QUICK, id="quick"), pytest.param(SUITES, id="all", marks=pytest.mark.slow)])
def test_the_data_layer_keeps_its_promises_on_postgresql(
    names: Sequence[str], quick_postgres: Postgres, redis_url: str, tmp_path: Path
) -> None:
    env = {**os.environ, "DATABASE_URL": quick_postgres.url("suites"), "REDIS_URL": redis_url, "HUIYIN_DATA": str(tmp_path)}
    env = {name: value for name, value in env.items() if not name.startswith(("PYTEST_", "COV_"))}
    words = ["-p", "no:cacheprovider", "-p", "no:xdist", "-m", "not slow", "--tb=short", "--ignore", __file__]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *suites(names), *words],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    passed = re.search(r"(\d+) passed", run.stdout)
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    assert passed and int(passed[1]) >= AT_LEAST
