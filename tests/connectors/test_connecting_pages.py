"""docs/connecting/: there is a page for each platform, its import rows are taken, and its codes are in our tables."""

import json
import re
from pathlib import Path

import pytest

from bot.channels.importing import rows_of
from bot.channels.registry import all_connectors
from connectors.wechat.errors import MEANINGS
from connectors.weibo.codes import CODES
from policies.facts import AccountFacts

PAGES = Path(__file__).parents[2] / "docs" / "connecting"


def page(platform: str) -> str:
    return (PAGES / f"{platform}.md").read_text(encoding="utf-8")


def blocks(platform: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page(platform), re.DOTALL)


def facts(row: dict[str, object]) -> AccountFacts:
    credentials = row["credentials"]
    read = json.loads(credentials) if isinstance(credentials, str) else credentials
    return AccountFacts(str(row["id"]), str(row["platform"]), str(row["name"]), str(row["kind"]), str(row["base_url"]), read)


@pytest.mark.parametrize("platform", sorted(all_connectors()))
@pytest.mark.parametrize(("language", "suffix"), [("json", ".json"), ("csv", ".csv")])
def test_the_import_rows_of_a_page_are_taken(platform: str, language: str, suffix: str, tmp_path: Path) -> None:
    found = blocks(platform, language)
    assert found or language == "csv"
    for text in found:
        file = tmp_path / f"accounts{suffix}"
        file.write_text(text, encoding="utf-8")
        for row in rows_of(file):
            assert (row["platform"], all_connectors()[platform].validate(facts(row))) == (platform, [])


@pytest.mark.parametrize("platform", sorted(all_connectors()))
def test_a_page_says_it_in_chinese_first_and_in_english(platform: str) -> None:
    text = page(platform)
    assert 0 < text.index("## 中文") < text.index("## English")
    assert f"/hooks/{platform}/" in text.split("## English")[0] and f"/hooks/{platform}/" in text.split("## English")[1]


def codes(platform: str) -> list[str]:
    """The codes in the first column of the page's table of errors."""
    table = page(platform).split("### 常见错误码")[1].split("\n\n")[1]
    return [code for line in table.splitlines()[2:] for code in re.findall(r"\d{5}", line.split("|")[1])]


def test_the_codes_of_the_pages_are_in_the_tables() -> None:
    assert len(codes("wechat")) > 10 and set(map(int, codes("wechat"))) <= set(MEANINGS)
    assert len(codes("weibo")) > 10 and set(codes("weibo")) <= set(CODES)
