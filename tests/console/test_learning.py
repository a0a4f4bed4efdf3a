"""Pages on which readings are corrected and models are trained."""

from typing import Any

import pytest
from django.urls import reverse

from bot import clock
from bot.learning import training
from bot.learning.models import Correction, ModelVersion, Training
from bot.tickets.models import Message
from policies.roles import Role
from tests.bot.conftest import World, person
from tests.bot.learning.conftest import candidate, models, rasas  # noqa: F401  (fixtures)
from tests.console.town import client_of, dismissed, opened

pytestmark = pytest.mark.django_db


def message_of(world: World) -> Message:
    return opened(world).messages.get(direction="citizen")


def test_the_ticket_page_leads_to_the_form_and_then_shows_what_was_said(world: World) -> None:
    message, client = message_of(world), client_of(world.alice)
    page = reverse("ticket", args=[message.ticket.number])
    assert reverse("reading", args=[message.pk]) in client.get(page).content.decode()
    done = client.post(reverse("reading", args=[message.pk]), {"intent": "help", "subject": "urban_construction.city"}, follow=True)
    assert done.redirect_chain[-1][0] == page
    assert "已更正为" in done.content.decode() and "市政设施与城市管理" in done.content.decode()


def test_the_form_shows_the_present_reading_with_its_confidence(world: World) -> None:
    message = message_of(world)
    Message.objects.filter(pk=message.pk).update(intent="question", confidence=0.42, subject="health", understood_by="rasa")
    shown = client_of(world.alice).get(reverse("reading", args=[message.pk])).content.decode()
    assert "42" in shown and '<option value="question" selected>' in shown and '<option value="health" selected>' in shown


def test_the_suggested_department_is_filled_into_the_transfer(world: World) -> None:
    message, client = message_of(world), client_of(world.alice)
    client.post(reverse("reading", args=[message.pk]), {"intent": "complaint", "subject": "environment", "department": "water"})
    shown = client.get(reverse("ticket", args=[message.ticket.number])).content.decode()
    assert '<option value="water" selected>' in shown


@pytest.mark.parametrize(
    "wrong", [{}, {"intent": "pizza"}, {"intent": "help", "subject": "x"}, {"intent": "help", "department": "nowhere"}]
)
def test_a_wrong_form_is_shown_again_and_nothing_is_kept(world: World, wrong: dict[str, str]) -> None:
    answer = client_of(world.alice).post(reverse("reading", args=[message_of(world).pk]), wrong)
    assert answer.status_code == 422
    assert not Correction.objects.exists()


def test_without_the_right_there_is_no_link_and_no_form(world: World) -> None:
    message, client = message_of(world), client_of(person("eve", world.health, Role.CONTRACTOR))
    assert reverse("reading", args=[message.pk]) not in client.get(reverse("ticket", args=[message.ticket.number])).content.decode()
    assert client.post(reverse("reading", args=[message.pk]), {"intent": "help"}).status_code == 403


def test_a_dismissed_message_is_corrected_from_its_list(world: World) -> None:
    message, client = dismissed(world, "谢谢，井盖呢"), client_of(world.alice)
    assert reverse("reading", args=[message.pk]) in client.get(reverse("dismissed")).content.decode()
    client.post(reverse("reading", args=[message.pk]), {"intent": "question", "subject": ""})
    message.refresh_from_db()
    assert message.ticket is not None and Correction.objects.get().was_question


def test_a_ticket_made_from_the_list_is_a_lesson_too(world: World) -> None:
    message = dismissed(world, "谢谢，井盖呢")
    client_of(world.alice).post(reverse("from-message", args=[message.pk]))
    assert Correction.objects.get().message == message


def test_training_is_asked_for_shown_and_cancelled(world: World, models: Any) -> None:  # noqa: F811
    client = client_of(world.diana)
    client.post(reverse("train"))
    row = Training.objects.get()
    training.tell(row, "", clock.now(), "训练 abc，约需一分钟。", step="train", percent=10)
    shown = client.get(reverse("learning")).content.decode()
    assert "10%" in shown and "训练 abc，约需一分钟。" in shown and 'aria-current="step"' in shown
    assert "HX-Refresh" not in client.get(reverse("training-progress"))
    client.post(reverse("cancel-training", args=[row.pk]))
    assert client.get(reverse("training-progress"))["HX-Refresh"] == "true"
    assert Training.objects.get().state == "cancelled"


def test_a_second_wish_while_one_is_under_way_is_refused_in_words(world: World, models: Any) -> None:  # noqa: F811
    client = client_of(world.diana)
    client.post(reverse("train"))
    assert "已有一次训练在进行" in client.post(reverse("train"), follow=True).content.decode()
    assert Training.objects.count() == 1


def test_one_click_returns_to_an_earlier_model(world: World, rasas: Any, models: Any) -> None:  # noqa: F811
    from bot.learning import registry

    client = client_of(world.diana)
    base = registry.active(clock.now())
    registry.promote("diana", candidate(models), clock.now())
    assert reverse("return-to-model", args=[base.pk]) in client.get(reverse("learning")).content.decode()
    client.post(reverse("return-to-model", args=[base.pk]))
    assert ModelVersion.objects.get(state="active") == base and rasas[0].model_file == base.file


def test_a_supervisor_below_the_top_sees_the_page_and_changes_nothing(world: World, models: Any) -> None:  # noqa: F811
    client = client_of(world.alice)
    assert reverse("train") not in client.get(reverse("learning")).content.decode()
    assert client.post(reverse("train")).status_code == 403
    assert not Training.objects.exists()


def test_a_refused_model_says_which_figure_was_worse(world: World, models: Any) -> None:  # noqa: F811
    made = candidate(models)
    reason = {"name": "emergencies", "old": 0.99, "new": 0.9, "tolerance": 0.0}
    figures = {"metrics": {"emergencies": {"value": 0.9, "of": 300}}, "compared": {"emergencies": {"value": 0.99, "of": 300}}}
    ModelVersion.objects.filter(pk=made.pk).update(state="refused", reasons=[reason], **figures)
    shown = client_of(world.diana).get(reverse("learning")).content.decode()
    assert "紧急求助识别率" in shown and "90.0%" in shown and "99.0%" in shown and "变差" in shown
