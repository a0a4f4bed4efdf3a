"""The pages of the roster and the ladder."""

from datetime import timedelta

import pytest

from bot import clock
from bot.clock import BEIJING
from bot.duty.models import Absence, Post, Shift, Step
from bot.tickets.climbing import climb
from bot.tickets.models import Ticket
from policies.roles import Role
from tests.bot.conftest import World, person
from tests.console.town import client_of, opened


def form(world: World, **more: str) -> dict[str, str]:
    now = clock.now().astimezone(BEIJING)
    start, end = f"{now:%Y-%m-%dT%H:%M}", f"{now + timedelta(hours=8):%Y-%m-%dT%H:%M}"
    return {"shift-person": str(world.bob.person_id), "shift-starts_at": start, "shift-ends_at": end, **more}


def test_a_shift_added_on_the_page_is_on_duty_now(world: World):
    client = client_of(world.alice)
    assert client.post("/duty/health/shifts", form(world)).status_code == 302
    page = client.get("/duty/health").content.decode()
    assert "值班：<strong>Bob</strong>" in page and Shift.objects.get().person_id == world.bob.person_id


def test_what_is_wrong_is_said_on_the_page_and_what_was_written_is_kept(world: World):
    answer = client_of(world.alice).post("/duty/health/shifts", form(world, **{"shift-ends_at": "2020-01-01T08:00"}))
    assert answer.status_code == 422 and "一个班次须在" in answer.content.decode()
    assert "2020-01-01T08:00" in answer.content.decode() and not Shift.objects.exists()


def test_an_agent_sees_the_roster_and_may_enter_only_their_own_absence(world: World):
    agent = person("agent", world.health, Role.AGENT)
    client, now = client_of(agent), clock.now()
    assert client.get("/duty/health").status_code == 200
    assert client.post("/duty/health/shifts", form(world)).status_code == 403
    hours = {"absence-starts_at": f"{now:%Y-%m-%dT%H:%M}", "absence-ends_at": f"{now + timedelta(days=2):%Y-%m-%dT%H:%M}"}
    assert client.post("/duty/health/absences", {**hours, "absence-person": str(world.bob.person_id)}).status_code == 422
    assert client.post("/duty/health/absences", {**hours, "absence-person": str(agent.person_id)}).status_code == 302
    assert Absence.objects.get().person_id == agent.person_id


def test_weekly_shifts_the_post_and_removal_work_without_scripts(world: World):
    client = client_of(world.alice)
    day = clock.now().astimezone(BEIJING).date()
    weekly = {"weekly-person": str(world.bob.person_id), "weekly-weekdays": ["0", "1", "2", "3", "4", "5", "6"]}
    hours = {"weekly-begins": "18:00", "weekly-ends": "08:00", "weekly-first": f"{day + timedelta(days=1)}"}
    assert client.post("/duty/health/weekly", {**weekly, **hours, "weekly-last": f"{day + timedelta(days=3)}"}).status_code == 302
    assert Shift.objects.count() == 3
    client.post(f"/duty/health/shifts/{Shift.objects.first().pk}/remove")
    client.post("/duty/health/post", {"post-head": str(world.bob.person_id), "post-when_empty": "head", "post-round_the_clock": "on"})
    assert Shift.objects.count() == 2 and Post.objects.get().head_id == world.bob.person_id


@pytest.mark.parametrize("address", ["/duty/health/shifts/{}/boil", "/duty/water/shifts/{}/remove"])
def test_what_is_not_there_is_not_found(world: World, address: str):
    now = clock.now()
    shift = Shift.objects.create(department=world.health, person_id=world.bob.person_id, starts_at=now, ends_at=now + timedelta(hours=4))
    assert client_of(world.alice).post(address.format(shift.pk)).status_code == 404
    assert Shift.objects.filter(pk=shift.pk, ends_at__gt=clock.now()).exists()


def steps(kind: str, *rows: tuple[str, str, str]) -> dict[str, str]:
    data = {f"{kind}-TOTAL_FORMS": "8", f"{kind}-INITIAL_FORMS": "8"}
    for number in range(8):
        act, share, after = rows[number] if number < len(rows) else ("", "", "")
        data |= {f"{kind}-{number}-act": act, f"{kind}-{number}-share": share, f"{kind}-{number}-after_minutes": after}
    return data


def test_a_ladder_is_shown_in_words_set_and_given_up(world: World):
    client = client_of(world.alice)
    assert "期限过去 50% 时：提醒经办人" in client.get("/duty/health/ladder").content.decode()
    assert client.post("/duty/health/ladder/normal/set", steps("normal", ("head", "100", ""), ("above", "", "60"))).status_code == 302
    assert list(Step.objects.values_list("act", "share", "after_minutes")) == [("head", 1.0, None), ("above", None, 60)]
    assert "本部门自定" in client.get("/duty/health/ladder").content.decode()
    client.post("/duty/health/ladder/normal/clear")
    assert not Step.objects.exists()


def test_a_ladder_that_could_forget_somebody_is_refused_on_the_page(world: World):
    answer = client_of(world.alice).post("/duty/health/ladder/normal/set", steps("normal", ("head", "100", ""), ("remind", "", "60")))
    assert answer.status_code == 422 and "转交上级部门" in answer.content.decode()


def test_hand_over_on_the_page_gives_what_is_in_hand(world: World):
    ticket, client = opened(world), client_of(world.alice)
    client.post(f"/tickets/{ticket.number}/claim")
    client.post("/duty/health/hand-over", {"handover-person": str(world.bob.person_id), "handover-words": "请先致电"})
    assert Ticket.objects.get().owner_id == world.bob.person_id


def test_the_tickets_page_shows_the_ladder_and_who_had_it(world: World):
    ticket, client = opened(world, hours=-1), client_of(world.alice)
    climb(clock.now())
    page = client.get(f"/tickets/{ticket.number}").content.decode()
    assert 'class="rungs"' in page and "下一步：" in page
    assert "升级，转交他人" in page and "超过期限" in page


@pytest.mark.parametrize("month", ["2026-13", "x", "0001-01", "9999-12", "2026-02"])
def test_any_month_asked_for_shows_a_page(world: World, month: str):
    assert client_of(world.alice).get(f"/duty/health?month={month}").status_code == 200


def test_the_owner_by_the_ladder_is_offered_to_claim_it(world: World):
    ticket = opened(world, hours=-1)
    climb(clock.now())
    ticket.refresh_from_db()
    name = {world.alice.person_id: world.alice, world.bob.person_id: world.bob, world.diana.person_id: world.diana}
    assert ticket.owner_id
    assert "claim" in client_of(name[ticket.owner_id]).get(f"/tickets/{ticket.number}").context["offered"]
