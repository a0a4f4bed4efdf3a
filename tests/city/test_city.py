"""Two days of the city with crashes and outages, and cities in which one rule is broken on purpose: each must be noticed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.city.sabotage import SABOTAGES
from tests.engines.children import ROOT


def run(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    argv = [sys.executable, "-m", "tests.city", "--folder", str(folder), *words]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)


@pytest.mark.timeout(120)
def test_a_city_with_crashes_and_outages_keeps_every_promise(tmp_path: Path) -> None:
    done = run(tmp_path / "city", "--short")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "every promise was kept" in done.stdout
    page = (tmp_path / "city" / "report.html").read_text("utf-8")
    assert "<svg" in page and "kill -9" in page


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What each sabotage broke."""
    done = run(tmp_path_factory.mktemp("spoiled") / "city", "--sabotages")
    found: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1]) if done.stdout else {}
    assert found, done.stderr[-3000:]
    return found


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", SABOTAGES)
def test_a_rule_broken_on_purpose_is_noticed(name: str, broken: dict[str, list[str]]) -> None:
    assert SABOTAGES[name].breaks in broken[name]
