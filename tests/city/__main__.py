"""`python -m tests.city`: thirty days of a city in minutes; 1 when an invariant broke, which is named.

--short            two days and 400 messages
--days N           of the whole city only the first days
--sabotage NAME    break one rule on purpose (tests.city.sabotage); the run must then fail
--sabotages        every sabotage on a tiny city; tells as JSON what broke
--write            the figures into docs/benchmarks.md
--postgresql       on a private PostgreSQL instead of SQLite
--folder FOLDER    where everything is written (default: city in $HUIYIN_DATA or var/)
"""

import argparse
import contextlib
import gc
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.engines.children import ROOT


def main(words: list[str]) -> int:
    """Run the city as asked; what came of it, as an exit code."""
    given = _options(words)
    folder = Path(given.folder or Path(os.environ.get("HUIYIN_DATA") or ROOT / "var") / "city").resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with _database(given.postgresql) as url:
        environment = {
            "HUIYIN_DATA": str(folder),
            "DJANGO_SETTINGS_MODULE": "tests.city.settings",
            "DATABASE_URL": url,
            "REDIS_URL": "",
            "NLU_URL": "",
            "HUIYIN_LOG": "ERROR",
            "HUIYIN_SECRET_KEY": "only-for-the-city",
        }
        os.environ.update(environment)
        import django

        django.setup()
        from tests.city import plan, run
        from tests.city.sabotage import SABOTAGES

        begun = time.monotonic()
        gc.set_threshold(1_000_000, 50, 50)
        gc.freeze()
        if given.sabotages:
            return run.spoiled(folder, list(SABOTAGES), begun)
        return run.city(folder, plan.short() if given.short else plan.whole(days=given.days), given.sabotage, begun, page=given.write)


def _options(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.city", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--sabotage", default="")
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--folder", default="")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--sabotages", action="store_true")
    return parser.parse_args(words)


@contextlib.contextmanager
def _database(postgresql: bool) -> Iterator[str]:
    if not postgresql:
        yield ""
        return
    from tests.engines.servers import postgres

    with postgres() as server:
        yield server.database("city")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
