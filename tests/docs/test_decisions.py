"""Every decision names the test that holds it, and that test exists."""

import ast
import re
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, text

PAGES = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
LAST = re.compile(r"Held by: `(tests/[\w/]+\.py)::(test_\w+)`")


def named_test(page: str) -> tuple[str, str] | None:
    """File and name of the test in a decision's last line."""
    found = LAST.fullmatch(page.strip().splitlines()[-1])
    return (found[1], found[2]) if found else None


def defined_in(name: str) -> set[str]:
    """The tests a file defines."""
    file = ROOT / name
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if file.is_file() else ()
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_the_last_line_names_an_existing_test(page: Path) -> None:
    found = named_test(page.read_text(encoding="utf-8"))
    assert found and found[1] in defined_in(found[0])


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_a_decision_has_its_three_parts_and_its_number(page: Path) -> None:
    content = page.read_text(encoding="utf-8")
    assert content.startswith(f"# {int(page.name[:4])}. ")
    assert [part for part in ("Context", "Decision", "Consequences") if f"\n**{part}.** " not in content] == []


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    assert [int(page.name[:4]) for page in PAGES] == list(range(1, len(PAGES) + 1))
    assert [page.name for page in PAGES] == re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", text("docs/decisions/README.md"))


def test_a_test_that_does_not_exist_is_found() -> None:
    assert named_test("Held by: `tests/docs/test_decisions.py::test_nothing`") == ("tests/docs/test_decisions.py", "test_nothing")
    assert "test_nothing" not in defined_in("tests/docs/test_decisions.py")
