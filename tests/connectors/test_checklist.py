"""connectors/checklist.toml is complete, its evidence exists, and what a machine can check of it holds."""

import ast
import json
import re
import tomllib
from contextlib import nullcontext
from pathlib import Path

import pytest

from bot.channels.registry import all_connectors
from connectors.contract import Rejected, load_limits
from connectors.telegram.limits import DATA as TELEGRAM
from connectors.wechat.events import EVENTS as WECHAT_EVENTS
from connectors.wechat.events import MESSAGES as WECHAT_MESSAGES
from connectors.weibo.pushes import EVENTS as WEIBO_EVENTS
from connectors.weibo.pushes import MENTIONS as WEIBO_MENTIONS
from policies.facts import AccountFacts, Outcome
from tests.connectors.hostile import tables

ROOT = Path(__file__).parents[2]
CHECKLIST = tomllib.loads((ROOT / "connectors" / "checklist.toml").read_text(encoding="utf-8"))
RULES = CHECKLIST["rules"]
PLATFORMS = sorted(set(CHECKLIST) - {"rules"})
ENTRIES = [pytest.param(platform, rule, id=f"{platform} {rule}") for platform in PLATFORMS for rule in RULES]
TABLES = tables()
ACCOUNTS = {platform: table.ROWS[0].account for platform, table in TABLES.items()}


def sources(platform: str) -> list[Path]:
    return sorted((ROOT / "connectors" / platform).glob("*.py"))


def functions(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef)}


def test_there_are_twelve_rules() -> None:
    assert len(RULES) == 12


def test_every_connector_is_on_the_list_and_nothing_else() -> None:
    assert sorted(all_connectors()) == PLATFORMS


@pytest.mark.parametrize(("platform", "rule"), ENTRIES)
def test_every_rule_is_done_or_exempt_with_words(platform: str, rule: str) -> None:
    entry = CHECKLIST[platform][rule]
    assert set(entry) in ({"done"}, {"exempt"}), "one of the two"
    assert len(entry.get("exempt", "a reason in words")) > 10


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_rule_is_made_up(platform: str) -> None:
    assert set(CHECKLIST[platform]) == set(RULES)


@pytest.mark.parametrize(("platform", "rule"), ENTRIES)
def test_the_evidence_exists(platform: str, rule: str) -> None:
    for place in CHECKLIST[platform][rule].get("done", "").split():
        path, _, test = place.partition("::")
        assert (ROOT / path).exists(), path
        assert not test or test in functions(ROOT / path), place


@pytest.mark.parametrize("platform", PLATFORMS)
def test_secrets_are_compared_in_constant_time(platform: str) -> None:
    assert any("hmac.compare_digest(" in path.read_text(encoding="utf-8") for path in sources(platform))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_limit_has_its_source(platform: str) -> None:
    folder = ROOT / "connectors" / platform
    raw = tomllib.loads((folder / "limits.toml").read_text(encoding="utf-8"))
    assert raw and load_limits(folder / "limits.toml")
    limits = all_connectors()[platform].limits(ACCOUNTS[platform])
    assert limits.per_second > 0 and limits.text_max > 0 and limits.windows and 1.5 < limits.webhook_budget <= 60


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_error_table_names_outcomes_and_knows_the_doubtful_one(platform: str) -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in sources(platform) if path.name in ("errors.py", "codes.py"))
    named = {outcome for outcome in Outcome if f"Outcome.{outcome.name}" in text}
    assert named >= {Outcome.RETRY, Outcome.REFUSED, Outcome.RECONNECT, Outcome.UNKNOWN}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_account_shows_its_secrets_in_its_repr(platform: str) -> None:
    account = ACCOUNTS[platform]
    assert not [value for value in account.credentials.values() if len(str(value)) > 9 and str(value) in repr(account)]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_connector_asks_the_clock(platform: str) -> None:
    asking = re.compile(r"datetime\.(now|utcnow|today)\(|time\.time\(|date\.today\(")
    assert not [path.name for path in sources(platform) if asking.search(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_connector_without_credentials_says_so_and_raises_nothing(platform: str) -> None:
    bare = AccountFacts("a", platform, "x")
    assert all_connectors()[platform].validate(bare)
    assert all_connectors()[platform].limits(bare).text_max > 0


def test_every_wechat_event_and_message_type_has_a_fixture() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "connectors/wechat/fixtures").glob("*.xml")]
    found = {name for text in texts for name in re.findall(r"<(?:Event|MsgType)><!\[CDATA\[(.*?)]]>", text)}
    assert found >= set(WECHAT_EVENTS) | set(WECHAT_MESSAGES) | {"text"}


def test_every_weibo_event_and_message_type_has_a_fixture() -> None:
    pushes = [json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "connectors/weibo/fixtures/push").glob("*.json")]
    assert {push["data"].get("subtype") for push in pushes} >= set(WEIBO_EVENTS) | set(WEIBO_MENTIONS)
    assert {push["type"] for push in pushes} >= {"text", "position", "voice", "image", "event", "mention"}


def test_every_telegram_update_asked_for_has_a_fixture() -> None:
    updates = [json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "connectors/telegram/fixtures").glob("*.json")]
    assert {name for update in updates for name in update} >= set(TELEGRAM["webhook"]["allowed_updates"])


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_replay_window_is_kept_where_the_list_says_so(platform: str) -> None:
    table = TABLES[platform]
    row, *_ = [row for row in table.ROWS if row.name.startswith("replay: captured")]
    with pytest.raises(Rejected) if "done" in CHECKLIST[platform]["replay_window"] else nullcontext():
        all_connectors()[platform].read(row.inbound, row.account, table.NOW)
