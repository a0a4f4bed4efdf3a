"""Every text has English, the compiled catalogue is up to date, and what actions say is known."""

import ast
import gettext
from pathlib import Path

import pytest
from django.utils import translation

from bot.console import catalogue, words
from bot.console.sentences import SENTENCES, translate
from nlu.entities import KINDS
from policies.deliveries import DeliveryState
from policies.facts import Health, Kind, MediaKind
from policies.knowledge import EntryState
from policies.roles import Role
from policies.tickets import TicketState

BOT = Path(catalogue.__file__).resolve().parents[1]
SPEAKING = ("tickets", "staff", "outbox", "knowledge", "deadlines", "answering")  # rooms whose refusals the console shows
FROM_OTHERS = {"problems"}  # texts joined from platforms' own checks, which carry both languages


def test_no_text_lacks_english():
    known = catalogue.read()
    assert [text for text in catalogue.wanted() if not known.get(text)] == []


def test_no_translation_is_left_over():
    assert set(catalogue.read()) - set(catalogue.wanted()) == set()


def test_the_compiled_catalogue_is_of_this_text():
    assert catalogue.MO.read_bytes() == catalogue.compiled(catalogue.read())


def test_the_compiled_catalogue_is_one_for_gettext():
    with catalogue.MO.open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("诉求") == "Requests"


def test_an_entry_that_a_merge_left_twice_is_read_once(tmp_path: Path):
    entry = 'msgid "时间"\nmsgstr ""\n"Ti"\n"me"\n'
    (tmp_path / "twice.po").write_text(entry + entry, "utf-8")
    assert catalogue.read(tmp_path / "twice.po") == {"时间": "Time"}


def test_no_english_says_the_same_twice():
    assert [text for text in catalogue.read().values() if text and text == text[: len(text) // 2] * 2] == []


def test_blanks_are_the_same_in_both_languages():
    import re

    blanks = re.compile(r"%\(\w+\)s")
    wrong = [text for text, english in catalogue.read().items() if set(blanks.findall(text)) != set(blanks.findall(english))]
    assert wrong == []


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (words.STATES, TicketState),
        (words.KINDS, Kind),
        (words.ROLES, Role),
        (words.ENTRY_STATES, EntryState),
        (words.HEALTH, Health),
        (words.MEDIA, MediaKind),
        (words.DELIVERY, DeliveryState),
    ],
)
def test_every_value_has_its_word(table: object, values: type):
    assert {value.value for value in values} <= {str(key) for key in table}  # type: ignore[attr-defined]


def test_every_kind_of_entity_has_its_word():
    assert set(KINDS) <= set(words.ENTITIES)


def said_by_actions() -> set[str]:
    """The literal sentences of every refusal, with %(…)s for the blanks."""
    found = set()
    for room in SPEAKING:
        for path in (BOT / room).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Name)
                    and node.func.id in ("Conflict", "Denied", "Invalid")
                    and node.args
                ):
                    found.add(sentence(node.args[0]))
    return found - {""}


def sentence(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if not isinstance(node, ast.JoinedStr):
        return ""
    names = iter("abcdef")
    return "".join(str(part.value) if isinstance(part, ast.Constant) else f"%({next(names)})s" for part in node.values)


def test_every_refusal_is_known_in_english():
    assert said_by_actions() - set(SENTENCES) == set()


def test_a_sentence_is_translated_with_its_blanks():
    with translation.override("en"):
        assert translate("诉求单 20261122-000001 正由 王小明 办理。") == "Request 20261122-000001 is being handled by 王小明."


def test_an_unknown_sentence_is_shown_as_it_is():
    with translation.override("en"):
        assert translate("平台说：参数错误") == "平台说：参数错误"
