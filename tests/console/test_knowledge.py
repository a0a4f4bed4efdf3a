"""The knowledge base's pages: what they show, what they refuse, and that an import is all or nothing."""

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from bot.knowledge.models import Entry, Switch
from bot.learning.models import Correction
from policies.roles import Role
from tests.bot.conftest import World, person
from tests.bot.knowledge.base import ANSWER, QUESTION, published, values
from tests.bot.knowledge.conftest import fresh_shelf
from tests.bot.knowledge.test_sheets import good, sheet
from tests.console.town import client_of, opened

__all__ = ["fresh_shelf"]


def form(world: World, **changed: str) -> dict[str, str]:
    given = {**values(world), "department": "health", "owner": str(world.alice.person_id), "variants": "甲\n乙"}
    return {name: str(value) for name, value in (given | changed).items()}


def uploaded(data: bytes) -> dict[str, SimpleUploadedFile]:
    return {"sheet": SimpleUploadedFile("a.xlsx", data)}


def test_an_entry_goes_from_the_form_through_review_into_use(world: World) -> None:
    author, reviewer = client_of(world.alice), client_of(world.bob)
    address = author.post("/knowledge/new", form(world))["location"]
    author.post(f"{address}submit")
    assert "审核通过" not in author.get(address).content.decode() and "审核通过" in reviewer.get(address).content.decode()
    reviewer.post(f"{address}publish")
    assert Entry.objects.get().state == "published"


def test_a_corrections_better_answer_fills_the_form_with_the_question_masked(world: World) -> None:
    message, client = opened(world, "疫苗几点打？我电话13912345678").messages.get(direction="citizen"), client_of(world.alice)
    client.post(f"/messages/{message.pk}/reading", {"intent": "question", "subject": "health", "answer": "工作日 8:30 至 11:30。"})
    address = f"/knowledge/new?correction={Correction.objects.get().pk}"
    shown = client.get(address).content.decode()
    assert "疫苗几点打" in shown and "13912345678" not in shown
    assert "工作日 8:30 至 11:30。" in shown and '<option value="health" selected>' in shown
    elsewhere = client_of(person("zoe", world.water, Role.AGENT)).get(address).content.decode()
    assert "疫苗" not in elsewhere and "工作日 8:30" not in elsewhere


def test_a_form_that_lacks_something_keeps_what_was_typed(world: World) -> None:
    answer = client_of(world.alice).post("/knowledge/new", form(world, answer="", question="怎么办理居住证"))
    assert answer.status_code == 422 and "怎么办理居住证" in answer.content.decode()
    assert Entry.objects.count() == 0


def test_a_topic_of_another_subject_is_refused_in_words(world: World) -> None:
    answer = client_of(world.alice).post("/knowledge/new", form(world, topic="transport.taxi"))
    assert answer.status_code == 422 and "二级主题不属于所选主题" in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"甲", "乙", "丙"}),
        ("?state=draft", set()),
        ("?flag=expired", {"甲"}),
        ("?flag=contradicted", {"乙", "丙"}),
        ("?subject=education", set()),
        ("?department=water", set()),
        ("?q=已停", {"丙"}),
        ("?q=%00&state=nonsense&page=-1", {"甲", "乙", "丙"}),
    ],
)
def test_the_list_is_narrowed(world: World, query: str, shown: set[str]) -> None:
    published(world, question="甲：核酸还免费吗", variants=[], answer="免费。", valid_until=date(2026, 1, 1))
    published(world, question="乙：流感疫苗在哪里接种", variants=["流感疫苗在哪里接种"])
    published(world, question="丙：流感疫苗在哪里接种", variants=["流感疫苗在哪里接种"], answer="已停止。")
    page = client_of(world.alice).get(f"/knowledge/{query}").content.decode()
    assert {name for name in "甲乙丙" if f"{name}：" in page} == shown


def test_a_withdrawal_needs_a_reason(world: World) -> None:
    entry = published(world)
    answer = client_of(world.bob).post(f"/knowledge/{entry.pk}/withdraw", {"comment": " "})
    assert answer.status_code == 409 and "请填写原因" in answer.content.decode()


def test_a_file_with_a_bad_row_is_shown_with_the_row_and_imports_nothing(world: World) -> None:
    page = client_of(world.alice).post("/knowledge/import", uploaded(sheet(good(), good(question="别的", answer=""))))
    text = page.content.decode()
    assert "2 行中有 1 行有误" in text and "请填写答案" in text and 'name="rows"' not in text
    assert Entry.objects.count() == 0


def test_a_good_file_is_imported_by_the_button_of_its_preview(world: World) -> None:
    client = client_of(world.alice)
    page = client.post("/knowledge/import", uploaded(sheet(good(), good(question="别的"))))
    assert Entry.objects.count() == 0
    client.post("/knowledge/import", {"rows": page.context["held"]})
    assert list(Entry.objects.values_list("state", flat=True)) == ["draft", "draft"]


def test_a_preview_of_somebody_else_or_one_made_up_imports_nothing(world: World) -> None:
    held = client_of(world.alice).post("/knowledge/import", uploaded(sheet(good()))).context["held"]
    for rows in (held, "made:up", ""):
        client_of(world.bob).post("/knowledge/import", {"rows": rows})
    assert Entry.objects.count() == 0


@pytest.mark.parametrize("data", [b"", b"not a workbook", b"PK\x03\x04" + b"\x00" * 100])
def test_a_file_that_is_no_workbook_is_refused_in_words(world: World, data: bytes) -> None:
    answer = client_of(world.alice).post("/knowledge/import", uploaded(data))
    assert answer.status_code == 422 and Entry.objects.count() == 0


def test_the_export_has_what_the_list_shows(world: World) -> None:
    published(world)
    answer = client_of(world.alice).get("/knowledge/export")
    rows = list(load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert (len(rows), rows[1][0], rows[1][2]) == (2, QUESTION, ANSWER)


def test_many_drafts_are_submitted_at_once_and_only_ones_own_departments(world: World) -> None:
    client = client_of(world.alice)
    page = client.post("/knowledge/import", uploaded(sheet(*[good(question=f"问题{n}") for n in range(3)])))
    client.post("/knowledge/import", {"rows": page.context["held"]})
    ids = list(Entry.objects.values_list("pk", flat=True))
    client_of(world.charlie).post("/knowledge/submit", {"entry": ids})
    assert set(Entry.objects.values_list("state", flat=True)) == {"draft"}
    client.post("/knowledge/submit", {"entry": [*ids, "x", "9" * 30]})
    assert set(Entry.objects.values_list("state", flat=True)) == {"in_review"}


def test_the_switch_shows_the_threshold_with_its_evidence(world: World) -> None:
    page = client_of(world.bob).get("/knowledge/answers?department=health").content.decode()
    assert all(words in page for words in ("门槛", "0.8", "9804", "开启"))


def test_a_supervisor_switches_and_an_agent_cannot(world: World) -> None:
    said = {"department": "health", "subject": "health", "on": "1"}
    agent = client_of(person("agent", world.health, Role.AGENT))
    assert agent.post("/knowledge/answers/switch", said).status_code == 403 and not Switch.objects.exists()
    client_of(world.bob).post("/knowledge/answers/switch", said)
    assert Switch.objects.get().on and Switch.objects.get().changed_by.username == "bob"


@pytest.mark.parametrize("changed", [{"department": "water"}, {"subject": "nonsense"}, {"on": "2"}, {"department": "\x00"}])
def test_a_switch_that_is_not_theirs_or_not_there_changes_nothing(world: World, changed: dict[str, str]) -> None:
    client_of(world.bob).post("/knowledge/answers/switch", {"department": "health", "subject": "health", "on": "1"} | changed)
    assert Switch.objects.count() == 0


def test_suggestions_stand_beside_the_reply_with_their_key(world: World) -> None:
    published(world)
    ticket = opened(world, "流感疫苗在哪里接种呢")
    client = client_of(world.alice)
    assert f'hx-get="/tickets/{ticket.number}/suggestions"' in client.get(f"/tickets/{ticket.number}").content.decode()
    page = client.get(f"/tickets/{ticket.number}/suggestions").content.decode()
    assert ANSWER in page and 'aria-keyshortcuts="Alt+1"' in page


def test_a_suggestion_is_shown_as_words_never_as_markup(world: World) -> None:
    published(world, answer="<script>alert(1)</script></template><b>")
    page = client_of(world.alice).get(f"/tickets/{opened(world, QUESTION).number}/suggestions").content.decode()
    assert "<script>" not in page and "&lt;script&gt;" in page and "</template><b>" not in page
