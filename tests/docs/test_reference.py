"""The API's page, the rule packs' page and the list of dependencies name all there is."""

import ast
import json
import re
import tomllib

import pytest

from bot.api.routes import api
from policies.tickets import TicketState
from tests.docs.pages import ROOT, first_codes, rows, text

REQUIREMENT = re.compile(r"^([A-Za-z0-9_.-]+(?:\[[a-z,]+\])?)", re.MULTILINE)
REQUIREMENTS = ("requirements.in", "requirements-dev.in", "nlu/requirements.in")


def calls() -> set[str]:
    """Every call of the API, as `POST /tickets/{number}/claim`."""
    paths = api.get_openapi_schema()["paths"]
    return {f"{method.upper()} {path.removeprefix('/api/v1')}" for path, methods in paths.items() for method in methods}


def test_every_call_of_the_api_is_told_of_and_no_other() -> None:
    told = set(re.findall(r"`((?:GET|POST) /[a-z][^`\s]*)", text("docs/api.md")))
    assert told - {"GET /api/v1/openapi.json"} == calls()


def test_every_state_of_a_ticket_is_named() -> None:
    line = next(line for line in text("docs/api.md").splitlines() if line.startswith("States: "))
    assert sorted(re.findall(r"[a-z_]+", line.split("`")[1])) == sorted(TicketState)


def test_every_rule_pack_is_explained() -> None:
    packs = {path.name for path in (ROOT / "policies" / "rulepacks").iterdir()}
    assert {name for name in first_codes(text("docs/rule-packs.md")) if name.endswith(".toml")} == packs


def test_every_field_of_an_answer_is_named() -> None:
    packs = tomllib.loads(text("policies/rulepacks/answers.toml"))
    fields = {name for entry in packs.values() for language in ("zh", "en") for name in re.findall(r"\{(\w+)\}", entry[language])}
    assert {name for name in fields if f"{{{name}}}" not in text("docs/rule-packs.md")} == set()


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_direct_dependency_has_a_line(name: str) -> None:
    wanted = {found.lower() for found in REQUIREMENT.findall(text(name)) if not found.startswith("-")}
    assert wanted and wanted - set(first_codes(text("docs/dependencies.md"))) == set()


def test_no_dependency_is_listed_that_is_gone() -> None:
    wanted = {found.lower() for name in REQUIREMENTS for found in REQUIREMENT.findall(text(name))}
    files = {found for found in first_codes(text("docs/dependencies.md")) if "/" in found}
    assert set(first_codes(text("docs/dependencies.md"))) - wanted == files


def test_every_browser_file_has_a_line() -> None:
    vendored = {str(path.relative_to(ROOT)) for path in (ROOT / "bot").rglob("vendor/*.js")}
    assert vendored == {found for found in first_codes(text("docs/dependencies.md")) if "/" in found}


def test_every_dependency_says_why_and_under_which_licence() -> None:
    lines = [row for row in rows(text("docs/dependencies.md")) if row[0].startswith("`")]
    assert [row[0] for row in lines if len(row) != 4 or not all(row)] == []


def keys_of(function: str) -> set[str]:
    """The fields bot/api/shapes.py gives a thing: the keys of the largest dictionary the function writes out."""
    tree = ast.parse(text("bot/api/shapes.py"))
    body = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function)
    written = [{key.value for key in node.keys if isinstance(key, ast.Constant)} for node in ast.walk(body) if isinstance(node, ast.Dict)]
    return {str(name) for name in max(written, key=len)}


@pytest.mark.parametrize(
    ("function", "sign"), [("ticket", "query_code"), ("message", "direction"), ("account", "hook_url"), ("delivery", "lane")]
)
def test_an_example_shows_the_fields_the_api_gives(function: str, sign: str) -> None:
    blocks = [json.loads(block) for block in re.findall(r"^```json\n(.*?)^```", text("docs/api.md"), re.MULTILINE | re.DOTALL)]
    shown = next(row for block in blocks for row in [block, *block.get("items", [])] if sign in row)
    assert set(shown) - {"parts"} == keys_of(function)
