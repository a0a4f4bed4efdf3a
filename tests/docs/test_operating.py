"""docs/operating.md names what the code has, and nothing else: variables, roles, states, figures; its examples fit the code."""

import csv
import importlib.util
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.channels.importing import COLUMNS, rows_of
from bot.channels.registry import connector_for
from bot.supervision.health import health
from connectors.sandbox.app import FILE_VARIABLE
from policies.deliveries import DeliveryState
from policies.facts import AccountFacts
from policies.roles import NEEDS_SECOND_FACTOR, RIGHTS, Role
from tests.docs.pages import CODE, ROOT, first_codes, rows, section, text

PAGE = text("docs/operating.md")
EXAMPLES = ROOT / "docs" / "examples"
READ = re.compile(r"""environ(?:\.get\(|\[)["']([A-Z_]+)["']""")
OURS = re.compile(r"\b(?:HUIYIN_[A-Z]+(?:_[A-Z]+)*|NLU_(?:URL|TOKEN|PROCESSES|PYTHON|DATA))\b")


def variables() -> set[str]:
    """Every variable of ours the code names, and every other one the settings read."""
    files = [path for room in ("bot", "nlu", "connectors", "policies") for path in (ROOT / room).rglob("*.py")]
    ours = {name for path in files for name in OURS.findall(path.read_text(encoding="utf-8"))}
    return (ours | set(READ.findall(text("bot/settings.py")))) - {FILE_VARIABLE}  # the sandbox tells that one to itself


def test_every_environment_variable_stands_in_the_table_and_no_other() -> None:
    assert sorted(first_codes(section(PAGE, "Environment"))) == sorted(variables())


@pytest.mark.parametrize("role", list(Role))
def test_the_table_of_roles_is_that_of_the_code(role: Role) -> None:
    row = next(row for row in rows(section(PAGE, "Staff")) if row[0] == f"`{role}`")
    assert set(CODE.findall(row[2])) == set(RIGHTS[role])
    assert row[3] == ("required" if role in NEEDS_SECOND_FACTOR else "by choice")


def test_every_state_of_a_delivery_is_explained() -> None:
    told = first_codes(section(PAGE, "Deliveries: what each state means"))
    assert sorted(told) == sorted(DeliveryState)


@pytest.mark.django_db
def test_every_figure_of_health_is_explained_with_its_metric() -> None:
    fields = health(datetime(2026, 11, 22, tzinfo=UTC))
    table = [row for row in rows(section(PAGE, "Monitoring")) if row[0].startswith("`")]
    assert sorted(row[0].strip("`") for row in table) == sorted(fields)
    assert [row[1] for row in table] == ["–", *(f"`huiyin_{row[0].strip('`')}`" for row in table[1:])]


def test_the_example_accounts_can_be_imported() -> None:
    for row in rows_of(EXAMPLES / "accounts.csv"):
        facts = AccountFacts(row["id"], row["platform"], row["name"], row["kind"], row["base_url"], json.loads(row["credentials"]))
        assert tuple(row) == COLUMNS and connector_for(facts.platform).validate(facts) == []


def test_the_row_of_the_readme_is_one_of_the_example() -> None:
    with (EXAMPLES / "accounts.csv").open(encoding="utf-8", newline="") as file:
        assert "telegram" in {row["platform"] for row in csv.DictReader(file)}
    lines = text("docs/examples/accounts.csv").splitlines()
    assert lines[0] in text("README.md") and lines[-1] in text("README.md")


@pytest.mark.parametrize("unit", sorted(EXAMPLES.glob("*.service")), ids=lambda path: path.name)
def test_a_unit_starts_what_exists(unit: Path) -> None:
    content = unit.read_text(encoding="utf-8")
    modules = re.findall(r"-m ([a-z.]+)|interface asgi ([a-z.]+):", content)
    assert all(importlib.util.find_spec(name) for pair in modules for name in pair if name)
    assert "EnvironmentFile=/etc/huiyin.env\n" in content and "UMask=0077\n" in content


def test_the_proxy_passes_on_what_the_settings_believe() -> None:
    content = text("docs/examples/nginx.conf")
    for header in ("Host              $host", "X-Forwarded-Proto https", "X-Forwarded-For   $remote_addr"):
        assert f"proxy_set_header {header};" in content
