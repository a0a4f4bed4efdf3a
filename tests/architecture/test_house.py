"""The arrows of design §2 hold, and the test that says so would notice if they did not."""

import ast
import re
import shutil
from pathlib import Path

import pytest

from tests.architecture.house import PLATFORMS, ROOMS, ROOT, WORDS, findings

PLANTED = [
    ("policies/triage.py", "import django.db"),
    ("policies/triage.py", "from connectors.contract import Connector"),
    ("policies/facts.py", "from policies.roles import Role"),
    ("connectors/weibo/incoming.py", "from connectors.wechat import connector"),
    ("connectors/weibo/incoming.py", "from policies.windows import state"),
    ("connectors/telegram/incoming.py", "from bot.tickets.models import Ticket"),
    ("connectors/sandbox/app.py", "from connectors.wechat import crypto"),
    ("nlu/client.py", "from bot.settings import DATA"),
    ("nlu/client.py", "from policies.triage import decide"),
    ("bot/outbox/actions.py", "from bot.tickets.models import Ticket"),
    ("bot/inbox/rows.py", "from bot.dialogue.handle import handle"),
    ("bot/staff/actions.py", "from bot.channels.models import Account"),
    ("bot/tickets/actions.py", "from connectors.wechat import connector"),
    ("bot/paging/calling.py", "from connectors.dingtalk import pagers"),
    ("bot/paging/actions.py", "from bot.tickets.models import Ticket"),
    ("bot/clock.py", "from bot.staff.models import Person"),
    ("bot/api/tickets.py", "from bot.console.urls import urlpatterns"),
    ("bot/inbox/hooks.py", "import importlib; importlib.import_module('bot.tickets.models')"),
]


def test_no_import_goes_against_the_plan() -> None:
    assert [str(finding) for finding in findings()] == []


@pytest.mark.parametrize(("place", "line"), PLANTED)
def test_a_planted_import_is_found(tmp_path: Path, place: str, line: str) -> None:
    for room in ROOMS:
        (tmp_path / room).mkdir()
    target = tmp_path / place
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / place, target)
    assert findings(tmp_path) == []
    target.write_text(target.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    assert [finding.file for finding in findings(tmp_path)] == [place]


def python_files() -> list[Path]:
    rooms = [path for room in (*ROOMS, "tests") for path in (ROOT / room).rglob("*.py")]
    return [path for path in rooms if "migrations" not in path.parts]


def test_no_file_is_longer_than_400_lines() -> None:
    assert {str(path): n for path in python_files() if (n := path.read_text(encoding="utf-8").count("\n")) > 400} == {}


def test_no_function_is_longer_than_60_lines() -> None:
    long = []
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno + 1 > 60:
                long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert long == []


def test_a_platforms_name_occurs_only_in_its_connector() -> None:
    word = re.compile("|".join(name for name in PLATFORMS if name not in WORDS), re.IGNORECASE)
    allowed = {"bot/worker/demo.py", "bot/worker/management/commands/replay.py"}  # the demo's town and its replay name what they set up
    found = []
    for room in ("policies", "nlu", "bot"):
        for path in (ROOT / room).rglob("*.py"):
            name = str(path.relative_to(ROOT))
            code = ast.unparse(_without_docstrings(ast.parse(path.read_text(encoding="utf-8"))))
            if word.search(code) and name not in allowed:
                found.append(name)
    assert found == []


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body[0] = ast.Pass()
    return tree


def test_the_top_level_holds_the_rooms_and_usual_project_files_only() -> None:
    rooms = {"bot", "nlu", "connectors", "policies", "tests", "docs", "config.yml"}
    usual = {"README.md", "README.zh-CN.md", "Makefile", "pyproject.toml", "manage.py", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"}
    files = re.compile(r"requirements[a-z-]*\.(in|txt)|LICENSE.*|\..*|var")
    assert {path.name for path in ROOT.iterdir() if path.name not in rooms | usual and not files.fullmatch(path.name)} == set()


def test_lock_files_name_no_address() -> None:
    locks = [*ROOT.glob("requirements*.txt"), ROOT / "nlu" / "requirements.txt"]
    assert [
        path.name for path in locks if re.search(r"https?://|--(extra-)?index-url|--find-links", path.read_text(encoding="utf-8"))
    ] == []
