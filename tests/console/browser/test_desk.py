"""The desk in a real browser: keys, live updates, lost connections, phones, drafts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from bot import clock
from bot.outbox.models import Delivery
from bot.staff.models import Person
from bot.tickets import actions
from bot.tickets.models import Ticket
from tests.bot.conftest import World
from tests.console.browser.line import Line
from tests.console.town import REPLY, answered, opened

pytestmark = pytest.mark.django_db(transaction=True)
Screen = Callable[..., Page]


def row(page: Page, ticket: Ticket):
    return page.locator(f"#row-{ticket.number}")


def top_of(page: Page, ticket: Ticket) -> float:
    box = row(page, ticket).bounding_box()
    assert box is not None
    return box["y"]


def queue(screen: Screen, world: World, **options: object) -> Page:
    """Alice's queue, with its live connection open."""
    page = screen(world.alice, **options)
    with page.expect_response(lambda answer: "/live/tickets" in answer.url):
        page.goto("/")
    return page


def test_a_question_is_claimed_answered_and_closed_without_a_mouse(screen: Screen, world: World):
    opened(world, "第二条", hours=9)
    first = opened(world, "第一条", hours=5)
    page = queue(screen, world)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#ticket-title")).to_have_text(first.number)
    page.keyboard.press("c")
    expect(page.locator("#ticket-head .badge")).to_have_text("办理中")
    page.keyboard.press("r")
    page.keyboard.type("您好，今天修好。")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".bubble.human .text")).to_have_text("您好，今天修好。")
    expect(page.locator("#ticket-head .badge")).to_have_text("已答复，尚未送达")
    assert Delivery.objects.count() == 1


def test_j_and_k_move_o_opens_slash_searches_and_question_mark_explains(screen: Screen, world: World):
    tickets = [opened(world, hours=hour) for hour in (5, 6, 7)]
    page = queue(screen, world)
    for key in "jjk":
        page.keyboard.press(key)
    expect(row(page, tickets[0]).locator("a")).to_be_focused()
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("o")
    expect(page.locator("#ticket-title")).to_be_visible()


def test_a_new_request_appears_in_its_place_without_reloading(screen: Screen, world: World):
    late, calm = opened(world, hours=-1), opened(world, hours=30)
    page = queue(screen, world)
    page.evaluate("window.notReloaded = true")
    between = opened(world, "新来的", hours=2)
    expect(row(page, between)).to_contain_text("新来的")
    numbers = page.locator(".row").evaluate_all("rows => rows.map(row => row.dataset.number)")
    assert numbers == [late.number, between.number, calm.number]
    assert page.evaluate("window.notReloaded") is True


def test_the_row_under_the_cursor_does_not_move(screen: Screen, world: World):
    tickets = [opened(world, f"第 {hour} 条", hours=hour) for hour in range(5, 25)]
    page = queue(screen, world)
    row(page, tickets[4]).hover()
    before = top_of(page, tickets[4])
    above = opened(world, "更急的", hours=1)
    expect(row(page, above)).to_be_attached()
    assert abs(top_of(page, tickets[4]) - before) < 2


def test_it_does_not_move_in_a_short_list_either(screen: Screen, world: World):
    only = opened(world, hours=30)
    page = queue(screen, world)
    row(page, only).hover()
    before = top_of(page, only)
    above = opened(world, hours=1)
    expect(row(page, above)).to_be_attached()
    assert abs(top_of(page, only) - before) < 2


def test_what_another_does_is_seen_in_the_list_and_in_the_open_ticket(screen: Screen, world: World):
    ticket = opened(world)
    page = queue(screen, world)
    row(page, ticket).click()
    expect(page.locator("#ticket-title")).to_be_visible()
    actions.claim(world.bob, ticket, clock.now())
    expect(row(page, ticket)).to_contain_text("Bob")
    expect(page.locator("#actions")).to_contain_text("正由 Bob 办理")
    actions.reply(world.bob, ticket, "由我答复", clock.now())
    expect(page.locator(".bubble.human .text")).to_have_text("由我答复")
    expect(row(page, ticket)).to_have_count(0)


def test_a_text_being_written_survives_what_others_do(screen: Screen, world: World):
    ticket = opened(world)
    page = queue(screen, world)
    row(page, ticket).click()
    page.locator("#reply").fill("写到一半")
    actions.claim(world.bob, ticket, clock.now())
    expect(page.locator("#changed")).to_be_visible()
    expect(page.locator("#reply")).to_have_value("写到一半")
    page.locator("#reply").press("Control+Enter")
    expect(page.locator(".banner.bad")).to_contain_text("正由 Bob 办理")
    assert Delivery.objects.count() == 0


def test_nothing_is_missed_over_a_lost_connection(screen: Screen, world: World, line: Line):
    opened(world, hours=50)
    page = queue(screen, world)
    line.cut()
    expect(page.locator("#live-banner")).to_contain_text("已断开")
    meanwhile = [opened(world, hours=hour) for hour in (1, 10, 60)]
    line.mend()
    for ticket in meanwhile:
        expect(row(page, ticket)).to_be_attached(timeout=20_000)
    expect(page.locator("#live-banner")).to_be_hidden()


def test_a_connection_cut_again_and_again_misses_nothing(screen: Screen, world: World, line: Line):
    page = queue(screen, world)
    made = []
    for hour in range(1, 5):
        line.cut()
        made.append(opened(world, hours=hour))
        line.mend()
        page.wait_for_timeout(1_200)
        made.append(opened(world, hours=hour + 20))
    for ticket in made:
        expect(row(page, ticket)).to_be_attached(timeout=20_000)


def test_a_session_that_ended_says_so(screen: Screen, world: World, line: Line):
    page = queue(screen, world)
    Person.objects.filter(pk=world.alice.person_id).update(is_active=False)
    line.cut()
    line.mend()
    expect(page.locator("#live-banner")).to_contain_text("请重新登录", timeout=20_000)


def test_a_draft_is_kept_over_a_reload_and_forgotten_when_sent(screen: Screen, world: World):
    ticket = opened(world)
    page = screen(world.alice)
    page.goto(f"/tickets/{ticket.number}")
    page.locator("#reply").fill(REPLY)
    page.reload()
    expect(page.locator("#reply")).to_have_value(REPLY)
    page.locator("#reply").press("Control+Enter")
    expect(page.locator(".bubble.human")).to_have_count(1)
    page.reload()
    expect(page.locator("#reply")).to_have_value("")


def test_signing_out_leaves_no_draft_on_the_computer(screen: Screen, world: World):
    ticket = opened(world)
    page = screen(world.alice)
    page.goto(f"/tickets/{ticket.number}")
    page.locator("#reply").fill("不该留下")
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/login/")
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft:'))") == []


def test_a_reply_that_could_not_leave_is_still_there(screen: Screen, world: World, line: Line):
    ticket = opened(world)
    page = screen(world.alice)
    page.goto(f"/tickets/{ticket.number}")
    page.locator("#reply").fill(REPLY)
    line.cut()
    page.locator("#reply").press("Control+Enter")
    expect(page.locator("#changed")).to_contain_text("没有连上服务器")
    line.mend()
    page.locator("#reply").press("Control+Enter")
    expect(page.locator(".bubble.human")).to_have_count(1)
    assert Delivery.objects.count() == 1


def test_pressing_send_twice_sends_once(screen: Screen, world: World):
    ticket = opened(world)
    page = screen(world.alice)
    page.goto(f"/tickets/{ticket.number}")
    page.locator("#reply").fill(REPLY)
    page.evaluate("() => { const form = document.querySelector('[data-reply]'); form.requestSubmit(); form.requestSubmit(); }")
    expect(page.locator(".bubble.human")).to_have_count(1)
    page.wait_for_timeout(500)
    assert Delivery.objects.count() == 1


def test_on_a_phone_there_is_one_pane_at_a_time(screen: Screen, world: World):
    ticket = opened(world, "手机上看")
    page = queue(screen, world, width=390, height=844)
    expect(page.locator("#pane")).to_be_hidden()
    row(page, ticket).click()
    expect(page.locator("#talk")).to_contain_text("手机上看")
    expect(page.locator(".list-pane")).to_be_hidden()
    page.locator(".back").click()
    expect(row(page, ticket)).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_no_page_is_wider_than_the_screen(screen: Screen, world: World, width: int):
    ticket = opened(world, "很长的英文词" + "x" * 200)
    answered(ticket, "长" * 500 + "y" * 300)
    page = screen(world.alice, width=width)
    for address in ("/", f"/tickets/{ticket.number}", "/deliveries/", "/dismissed/", "/accounts/", "/accounts/tg1/", "/people/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address


def test_more_rows_are_loaded_in_place(screen: Screen, world: World):
    for hour in range(60):
        opened(world, hours=5 + hour)
    page = queue(screen, world)
    expect(page.locator(".row")).to_have_count(50)
    page.locator("#more").click()
    expect(page.locator(".row")).to_have_count(60)
    deadlines = page.locator(".row").evaluate_all("rows => rows.map(row => Date.parse(row.dataset.deadline))")
    assert deadlines == sorted(deadlines)


def test_going_back_returns_to_the_list(screen: Screen, world: World):
    ticket = opened(world)
    page = queue(screen, world)
    row(page, ticket).click()
    expect(page.locator("#ticket-title")).to_be_visible()
    page.go_back()
    expect(page.locator("#ticket-title")).to_have_count(0)
    expect(row(page, ticket)).to_be_visible()


def test_pages_work_without_scripts(screen: Screen, world: World):
    ticket = opened(world)
    page = screen(world.alice, java_script_enabled=False)
    page.goto("/")
    row(page, ticket).locator("a").click()
    page.locator("#reply").fill(REPLY)
    page.get_by_role("button", name="发送").click()
    expect(page.locator(".bubble.human .text")).to_have_text(REPLY)


def test_a_transferred_ticket_leaves_the_list_and_says_so(screen: Screen, world: World):
    ticket = opened(world)
    page = queue(screen, world)
    row(page, ticket).click()
    page.get_by_text("转办", exact=True).first.click()
    page.locator("#id_department").select_option("water")
    page.locator("#actions form[action$='/transfer'] button").click()
    expect(page.locator("#pane")).to_contain_text("已不在您的部门")
    expect(row(page, ticket)).to_have_count(0)
