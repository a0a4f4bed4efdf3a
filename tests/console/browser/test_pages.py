"""Every page in both languages, with and without rows, for everybody: no serious finding of the accessibility engine."""

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from bot import clock
from bot.duty.actions import Weekly, add_weekly
from bot.duty.models import Absence, Shift
from bot.knowledge.actions import create
from bot.staff.access import Actor
from bot.staff.actions import create_token
from bot.staff.models import Person
from bot.tickets.models import Message
from policies.roles import Role
from tests.bot.conftest import World, person
from tests.bot.knowledge.base import published, values
from tests.console.town import answered, dismissed, opened

pytestmark = pytest.mark.django_db(transaction=True)
SERIOUS = ("serious", "critical")
LANGUAGES = pytest.mark.parametrize(
    "english", [pytest.param(False, id="zh"), pytest.param(True, id="en", marks=pytest.mark.slow)]
)  # pages of few people: the second language in the long form
# Each language, width and scheme once; the other pairs are part of the long form.
SCREENS = pytest.mark.parametrize(
    ("english", "options"),
    [
        pytest.param(False, {}, id="zh-light"),
        pytest.param(True, {"width": 390}, id="en-phone"),
        pytest.param(False, {"color_scheme": "dark"}, id="zh-dark"),
        pytest.param(True, {}, id="en-light", marks=pytest.mark.slow),
        pytest.param(False, {"width": 390}, id="zh-phone", marks=pytest.mark.slow),
        pytest.param(True, {"color_scheme": "dark"}, id="en-dark", marks=pytest.mark.slow),
    ],
)
Screen = Callable[..., Page]


def findings(page: Page) -> list[str]:
    """What the engine calls serious, with the place."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{page.url} {rule['id']}: {rule['nodes'][0]['html'][:160]}" for rule in found if rule["impact"] in SERIOUS]


def seen(screen: Screen, actor: Actor, english: bool, addresses: list[str], **options: object) -> list[str]:
    Person.objects.filter(pk=actor.person_id).update(language="en" if english else "zh-hans")
    page = screen(actor, english=english, **options)
    found = []
    for address in addresses:
        page.goto(address)
        page.evaluate("for (const hidden of document.querySelectorAll('details')) hidden.open = true")
        found += findings(page)
    return found


def full_ticket(world: World) -> str:
    """A ticket with something of everything."""
    ticket = opened(world, "三号线", hours=-1, urgent=True)
    for state in ("sent", "held", "unknown", "refused", "sending"):
        answered(ticket, f"答复 {state}", state)
    media = [
        {"kind": "location", "text": "中山路", "latitude": 31.2, "longitude": 121.4},
        {"kind": "link", "url": "https://x.example/", "name": "链接"},
    ]
    common = {"conversation": ticket.conversation, "account": ticket.account, "ticket": ticket, "at": clock.now()}
    Message.objects.create(direction="citizen", text="看这里", media=media, **common)
    Message.objects.create(direction="note", text="已电话核实", author="Bob", **common)
    Message.objects.create(direction="auto", text="【自动回复】已收到", **common)
    return ticket.number


def manned(world: World) -> None:
    """A roster with shifts, a night, a swap to be made, and somebody away."""
    now = clock.now()
    hours = {"starts_at": now - timedelta(hours=2), "ends_at": now + timedelta(hours=30)}
    Shift.objects.create(department=world.health, person_id=world.bob.person_id, **hours)
    day = now.date().replace(day=1)
    weekly = Weekly(day, day + timedelta(days=40), {0, 1, 2, 3, 4}, time(8), time(18))
    add_weekly(world.alice, world.health, Person.objects.get(pk=world.alice.person_id), weekly, now)
    Absence.objects.create(person_id=world.bob.person_id, deputy_id=world.alice.person_id, reason="年假", **hours)


@SCREENS
def test_the_desk_is_accessible(screen: Screen, world: World, english: bool, options: dict[str, object]):
    number = full_ticket(world)
    opened(world, hours=2)
    dismissed(world)
    addresses = ["/", f"/tickets/{number}", "/?q=none", "/dismissed/", "/deliveries/", "/accounts/", "/accounts/tg1/"]
    assert seen(screen, world.alice, english, addresses, **options) == []


@SCREENS
def test_the_roster_and_the_ladder_are_accessible(screen: Screen, world: World, english: bool, options: dict[str, object]):
    manned(world)
    addresses = ["/duty/health", "/duty/water", "/duty/health/ladder"]
    assert seen(screen, world.alice, english, addresses[:1] + addresses[2:], **options) == []
    assert seen(screen, world.diana, english, addresses, **options) == []


@SCREENS
def test_the_knowledge_base_is_accessible(screen: Screen, world: World, english: bool, options: dict[str, object]):
    one = published(world, valid_until=date(2026, 1, 1))
    published(world, variants=[], answer="已停止。")
    draft = create(world.alice, values(world, question="草稿"), clock.now())
    ticket = opened(world, "流感疫苗在哪里接种")
    addresses = ["", "new", "import", "answers", f"{one.pk}/", f"{draft.pk}/", f"{draft.pk}/edit", "?q=none"]
    found = seen(
        screen, world.alice, english, [*(f"/knowledge/{address}" for address in addresses), f"/tickets/{ticket.number}"], **options
    )
    assert found == []


@LANGUAGES
def test_the_managers_pages_are_accessible(screen: Screen, world: World, english: bool):
    create_token("test", Person.objects.get(username="bob"), world.health, Role.AGENT, "对接", clock.now())
    security, admin = person("sec", world.root, Role.SECURITY_ADMIN), person("adm", world.root, Role.ADMIN)
    audit = person("aud", world.root, Role.AUDIT_ADMIN)
    found = seen(screen, security, english, ["/people/", "/people/new", f"/people/{world.bob.person_id}/"])
    platforms = [f"/accounts/new/{name}" for name in ("wechat", "weibo", "telegram")]
    timed = ["/deadlines/health/?key=kind.question", "/deadlines/health/legal", "/working-calendar/"]
    found += seen(
        screen, admin, english, [*timed, "/departments/", "/routes/", "/understanding/", "/accounts/", "/accounts/tg1/edit", *platforms]
    )
    assert found + seen(screen, audit, english, ["/record/"]) == []


@LANGUAGES
def test_empty_pages_and_refusals_are_accessible(screen: Screen, world: World, english: bool):
    nobody = person("nobody", world.water)
    new = person("new", world.water, Role.SUPERVISOR)
    found = seen(screen, new, english, ["/", "/dismissed/", "/deliveries/", "/accounts/", "/departments/", "/nothing"])
    assert found + seen(screen, nobody, english, ["/", "/password/", "/people/"]) == []


@SCREENS
def test_the_doors_are_accessible(screen: Screen, world: World, english: bool, options: dict[str, object]):
    ticket = opened(world, state="answered", answered_at=clock.now())
    answered(ticket, "已修好，谢谢您的反映。")
    page = screen(None, english=english, **options)
    found = []
    for address in ("/login/", "/login/?idle=1", "/q/", f"/q/{ticket.query_code}", "/q/wrong"):
        page.goto(address)
        found += findings(page)
    assert found == []


def test_large_text_is_larger_and_still_fits(screen: Screen, world: World):
    number = full_ticket(world)
    page = screen(world.alice, width=390)
    page.goto(f"/tickets/{number}")
    small = page.evaluate("getComputedStyle(document.body).fontSize")
    Person.objects.filter(pk=world.alice.person_id).update(large_text=True)
    page.reload()
    assert (small, page.evaluate("getComputedStyle(document.body).fontSize")) == ("16px", "20px")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("address", ["/", "/accounts/", "/people/", "/deliveries/", "/dismissed/"])
def test_the_keyboard_reaches_the_content_first_and_focus_is_seen(screen: Screen, world: World, address: str):
    page = screen(world.alice)
    page.goto(address)
    page.keyboard.press("Tab")
    skip = page.evaluate("document.activeElement.className")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert (skip, outline) == ("skip", "solid")


def test_the_second_factor_is_set_up_in_the_browser(screen: Screen, world: World):
    import pyotp

    from bot.staff.actions import set_password
    from bot.staff.signin import totp_address
    from tests.console.town import PASSWORD

    set_password("test", Person.objects.get(username="bob"), PASSWORD, clock.now(), by_self=True)
    page = screen(None)
    page.goto("/login/")
    page.locator("#id_username").fill("bob")
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    assert page.locator(".qr img").evaluate("image => image.complete && image.naturalWidth > 0")
    assert findings(page) == []
    page.locator("#id_code").fill(pyotp.parse_uri(totp_address(Person.objects.get(username="bob"))).now())
    page.keyboard.press("Enter")
    page.wait_for_selector("#rows")
    assert Person.objects.get(username="bob").totp_confirmed_at is not None
