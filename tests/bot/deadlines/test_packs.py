"""Departments' own packs and the calendar of the installation: what counts where, and that asking costs nothing."""

import time
from datetime import UTC, date, datetime

import pytest
from django.test.utils import CaptureQueriesContext

from bot.audit.models import Entry
from bot.conflict import Denied
from bot.deadlines import queries
from bot.deadlines.actions import clear_term, import_year, set_hours, set_term
from bot.deadlines.models import CalendarYear, OfficeHours, Term
from bot.deadlines.queries import calendar, missing_years, pack_of
from bot.staff.actions import Invalid
from policies.deadlines import PACK
from policies.packs import Own
from tests.bot.conftest import NOW, World

YEAR = """year = 2027
source = "国务院办公厅关于2027年部分节假日安排的通知（测试）"
[[holiday]]
name = "元旦"
first = 2027-01-01
last = 2027-01-03
work = []
"""


def own(value: int = 1, unit: str = "working_days", key: str = "kind.question", source: str = "本市办法第三条") -> Own:
    return Own(key, value, unit, source)


def question(department_id: int) -> tuple[int, str]:
    rule = pack_of(department_id)["kind"]["question"]
    return rule["value"], rule["unit"]


def test_without_a_pack_of_its_own_a_department_has_the_default(world: World):
    assert pack_of(world.health.pk) is PACK


def test_a_department_inherits_from_the_one_above(world: World):
    set_term(world.diana, world.root, own(3), NOW)
    assert (question(world.root.pk), question(world.health.pk)) == ((3, "working_days"), (3, "working_days"))


def test_the_nearest_word_counts_and_its_neighbour_keeps_the_general_one(world: World):
    set_term(world.diana, world.root, own(3), NOW)
    set_term(world.alice, world.health, own(4, "working_hours"), NOW)
    assert (question(world.health.pk), question(world.water.pk)) == ((4, "working_hours"), (3, "working_days"))


def test_clearing_falls_back_to_what_stands_above(world: World):
    set_term(world.diana, world.root, own(3), NOW)
    set_term(world.alice, world.health, own(1), NOW)
    assert clear_term(world.alice, world.health, "kind.question", NOW) and question(world.health.pk) == (3, "working_days")
    assert not clear_term(world.alice, world.health, "kind.question", NOW)


def test_what_nobody_set_stays_the_default_with_its_source(world: World):
    set_term(world.diana, world.root, own(3), NOW)
    pack = pack_of(world.health.pk)
    assert pack["kind"]["complaint"] == PACK["kind"]["complaint"] and pack["kind"]["question"]["source"] == "本市办法第三条"


def test_who_set_it_when_and_why_is_on_record(world: World):
    set_term(world.alice, world.health, own(1), NOW)
    row, entry = Term.objects.get(), Entry.objects.latest("id")
    assert (row.set_by, row.set_at, row.source) == ("alice", NOW, "本市办法第三条")
    assert (entry.action, entry.department_id, entry.detail["value"]) == ("term.set", world.health.pk, 1)


def test_another_department_sets_nothing_here(world: World):
    with pytest.raises(Denied):
        set_term(world.charlie, world.health, own(1), NOW)
    assert pack_of(world.health.pk) is PACK


@pytest.mark.parametrize(
    "wrong",
    [
        own(0),
        own(61),
        own(1, "moons"),
        own(1, key="kind.nothing"),
        own(5, "working_days", "kind.emergency"),
        own(2, "times", "extension.times"),
        own(1, key="bounds.days"),
        own(1, source="  "),
        own(1, source="x" * 301),
    ],
)
def test_what_no_department_may_set_is_refused_in_words(world: World, wrong: Own):
    with pytest.raises(Invalid):
        set_term(world.alice, world.health, wrong, NOW)
    assert not Term.objects.exists()


def test_a_year_brought_in_is_known_at_once(world: World):
    assert missing_years(NOW) == (2027,)
    import_year(world.diana, YEAR, NOW)
    assert missing_years(NOW) == () and not calendar().is_working_day(date(2027, 1, 1))


def test_a_second_notice_of_the_same_year_takes_the_place_of_the_first(world: World):
    import_year(world.diana, YEAR, NOW)
    CalendarYear.objects.update(applied_at=NOW)  # tickets have followed it
    import_year(world.diana, YEAR.replace("last = 2027-01-03", "last = 2027-01-01"), NOW)
    rows = CalendarYear.objects.filter(current=True)
    assert [row.before for row in rows] == [YEAR] and calendar().is_working_day(date(2027, 1, 4))


def test_a_notice_no_ticket_has_followed_yet_is_passed_over(world: World):
    import_year(world.diana, YEAR, NOW)
    import_year(world.diana, YEAR.replace("last = 2027-01-03", "last = 2027-01-01"), NOW)
    assert [(row.before, row.current, row.applied_at) for row in CalendarYear.objects.order_by("pk")] == [
        ("", False, NOW),
        ("", True, None),
    ]


def test_a_notice_being_followed_is_not_overtaken(world: World):
    import_year(world.diana, YEAR, NOW)
    CalendarYear.objects.update(cursor=3)
    with pytest.raises(Invalid, match="正在重算"):
        import_year(world.diana, YEAR, NOW)
    assert CalendarYear.objects.count() == 1


def test_only_who_stands_at_the_root_brings_in_a_year(world: World):
    with pytest.raises(Denied):
        import_year(world.alice, YEAR, NOW)
    assert not CalendarYear.objects.exists()


@pytest.mark.parametrize("text", ["", "year = 2027", YEAR.replace("2027", "2327"), YEAR + "#" * 20_000, YEAR.replace("[]", "[2027-01-02]")])
def test_a_broken_year_is_refused_in_words(world: World, text: str):
    with pytest.raises(Invalid):
        import_year(world.diana, text, NOW)
    assert not CalendarYear.objects.exists()


def test_a_year_that_contradicts_another_is_refused(world: World):
    clash = YEAR.replace("first = 2027-01-01", "first = 2026-12-28").replace("work = []", "work = [2026-12-27]")
    import_year(world.diana, clash, NOW)
    with pytest.raises(Invalid):  # 2026 would work on a day that is 2027's holiday
        import_year(world.diana, YEAR.replace("2027", "2026").replace("work = []", "work = [2026-12-31]"), NOW)
    assert CalendarYear.objects.get().year == 2027


@pytest.mark.parametrize(("month", "missing"), [(9, ()), (10, (2027,)), (12, (2027,))])
def test_the_next_year_is_asked_for_from_october_on(world: World, month: int, missing: tuple[int, ...]):
    assert missing_years(datetime(2026, month, 1, 4, tzinfo=UTC)) == missing


def test_own_office_hours_count_and_can_be_given_up(world: World):
    set_hours(world.diana, [["10:00", "14:00"], ["15:30", "19:30"]], "自治区作息时间", NOW)
    assert [f"{closes:%H:%M}" for _, closes in calendar().hours] == ["14:00", "19:30"]
    set_hours(world.diana, [], "恢复", NOW)
    assert [f"{closes:%H:%M}" for _, closes in calendar().hours] == ["12:00", "17:30"] and OfficeHours.objects.count() == 2


@pytest.mark.parametrize("sittings", [[["12:00", "09:00"]], [["soon", "later"]], [["09:00"]], [[9, 17]], "x"])
def test_office_hours_that_cannot_be_are_refused(world: World, sittings: object):
    with pytest.raises(Invalid):
        set_hours(world.diana, sittings, "x", NOW)  # type: ignore[arg-type]
    assert not OfficeHours.objects.exists()


def test_a_thousand_questions_read_the_tables_once(world: World, django_assert_max_num_queries: CaptureQueriesContext):
    set_term(world.diana, world.root, own(3), NOW)
    with django_assert_max_num_queries(4):  # type: ignore[operator]
        for _ in range(1000):
            pack_of(world.health.pk), calendar(), missing_years(NOW)


def test_a_question_costs_less_than_twenty_microseconds(world: World):
    set_term(world.diana, world.root, own(3), NOW)
    pack_of(world.health.pk)
    began = time.perf_counter()
    for _ in range(5000):
        pack_of(world.health.pk)
        calendar()
    assert (time.perf_counter() - began) / 10_000 < 20e-6


def test_another_processs_word_counts_within_seconds(world: World):
    assert pack_of(world.health.pk) is PACK
    Term.objects.create(department=world.root, key="kind.question", value=1, unit="working_days", source="x", set_by="x", set_at=NOW)
    assert pack_of(world.health.pk) is PACK and queries._book is not None
    queries._book.until = time.monotonic() - 1
    assert question(world.health.pk) == (1, "working_days")
