"""docs/adding-a-platform.md is true: its files, put into a copy of the checkout, are a working platform."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.channels.registry import all_connectors

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "adding-a-platform.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"<!-- (file|append): (\S+) -->\n```\w+\n(.*?)```", re.DOTALL)
COPIED = ("bot", "connectors", "policies", "nlu", "tests", "manage.py", "pyproject.toml")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "models", "*.gz", ".pytest_cache")
TRIED = (
    "tests/connectors/postbox",
    "tests/connectors/test_hostile.py",
    "tests/connectors/test_checklist.py",
    "tests/bot/inbox/test_hostile_hooks.py",
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkout with the page's files in it."""
    place = tmp_path_factory.mktemp("checkout")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, place / name, ignore=LEFT_OUT)
        elif source.exists():
            shutil.copy(source, place / name)
    for how, path, text in BLOCK.findall(PAGE):
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        with (place / path).open("a" if how == "append" else "w", encoding="utf-8") as file:
            file.write(text)
    return place


def run(place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HUIYIN_DATA": str(place / "var"), "PYTHONPATH": str(place), "DATABASE_URL": ""}
    return subprocess.run([sys.executable, *words], check=False, cwd=place, env=environment, capture_output=True, text=True, timeout=110)


def test_the_registry_picks_the_folder_up(copy: Path) -> None:
    ran = run(copy, "-c", "from bot.channels.registry import all_connectors; print(*sorted(all_connectors()))")
    assert set(ran.stdout.split()) == {*all_connectors(), "postbox"}, ran.stderr


def test_the_example_passes_its_own_tests_the_checklist_and_the_real_hook(copy: Path) -> None:
    ran = run(copy, "-m", "pytest", "-p", "no:cacheprovider", "-k", "postbox or on_the_list or has_its_table", *TRIED)
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-1000:]
    assert re.search(r"\b(\d{3}) passed", ran.stdout), ran.stdout[-500:]


def test_a_folder_without_its_checklist_and_table_is_noticed(copy: Path) -> None:
    table = copy / "tests/connectors/hostile_postbox.py"
    checklist = copy / "connectors/checklist.toml"
    kept = table.read_text(encoding="utf-8"), checklist.read_text(encoding="utf-8")
    table.unlink()
    checklist.write_text(kept[1].replace("[postbox]", "[letterbox]"), encoding="utf-8")
    ran = run(copy, "-m", "pytest", "-p", "no:cacheprovider", "-k", "on_the_list or has_its_table", *TRIED[1:3])
    table.write_text(kept[0], encoding="utf-8")
    checklist.write_text(kept[1], encoding="utf-8")
    assert "2 failed" in ran.stdout
