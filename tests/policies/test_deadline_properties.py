"""What holds of every deadline, pause and extension, whatever the moment, the kind and the pack."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.calendar import SHANGHAI, default_calendar
from policies.deadlines import PACK, effective, extended, service_deadline
from policies.facts import Kind
from policies.packs import KEYS, Own, bounds, laid_over, units, value_of
from policies.pauses import longest, moved

CALENDAR = default_calendar()
START = datetime(2024, 12, 20, tzinfo=UTC)
MOMENTS = st.integers(0, 3 * 366 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
SPANS = st.integers(0, 20 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
RULES = st.sampled_from([("minutes", 5, 1440), ("working_hours", 1, 80), ("working_days", 1, 60)]).flatmap(
    lambda rule: st.integers(rule[1], rule[2]).map(lambda value: {"value": value, "unit": rule[0], "source": "x"})
)
PACKS = RULES.map(lambda rule: {**PACK, "kind": {"question": rule}})


@given(MOMENTS, SPANS, PACKS)
def test_a_later_message_never_has_an_earlier_deadline(at, gap, pack):
    assert service_deadline(Kind.QUESTION, at, CALENDAR, pack) <= service_deadline(Kind.QUESTION, at + gap, CALENDAR, pack)


@given(MOMENTS, PACKS)
def test_a_deadline_lies_after_its_message(at, pack):
    assert service_deadline(Kind.QUESTION, at, CALENDAR, pack) > at


@given(MOMENTS, RULES.filter(lambda rule: rule["unit"] != "minutes"))
def test_a_deadline_in_office_time_falls_into_an_office_day(at, rule):
    found = service_deadline(Kind.QUESTION, at, CALENDAR, {**PACK, "kind": {"question": rule}}).astimezone(SHANGHAI)
    assert CALENDAR.is_working_day(found.date())
    assert any(opens < found.time() <= closes for opens, closes in CALENDAR.hours)


@given(MOMENTS, PACKS)
def test_shanghai_has_no_summer_time(at, pack):
    found = service_deadline(Kind.QUESTION, at, CALENDAR, pack)
    assert found.tzinfo is UTC or found.utcoffset() == timedelta()
    assert found.astimezone(SHANGHAI).utcoffset() == timedelta(hours=8)


@given(MOMENTS, SPANS, MOMENTS)
def test_a_pause_never_shortens(since, length, service):
    assert moved(service, since, since + length, CALENDAR) >= service


@given(MOMENTS, SPANS, SPANS, MOMENTS)
def test_ending_a_pause_earlier_never_makes_the_deadline_later(since, one, other, service):
    short, long = sorted((one, other))
    assert moved(service, since, since + short, CALENDAR) <= moved(service, since, since + long, CALENDAR)


@given(MOMENTS, SPANS, st.integers(1, 60))
def test_what_was_left_before_a_pause_is_left_after_it(at, length, days):
    service = CALENDAR.add_working_days(at, days)
    since = at + (service - at) / 3
    left = CALENDAR.working_time(since, service)
    assert CALENDAR.working_time(since + length, moved(service, since, since + length, CALENDAR)) == left


@given(MOMENTS, SPANS)
def test_two_pauses_one_after_the_other_move_as_far_as_one(since, length):
    service = CALENDAR.add_working_days(since, 5)
    half = since + length / 2
    twice = moved(moved(service, since, half, CALENDAR), half, since + length, CALENDAR)
    assert twice == moved(service, since, since + length, CALENDAR)


@given(MOMENTS)
def test_the_longest_pause_lies_ahead(now):
    assert longest(now, CALENDAR) > now


@given(MOMENTS, st.integers(1, 60))
def test_an_extension_only_makes_later(service, days):
    pack = laid_over(PACK, [Own("extension.working_days", days, "working_days", "x")])
    assert extended(service, CALENDAR, pack) > service


@given(MOMENTS, PACKS, st.none() | SPANS)
def test_the_effective_deadline_is_never_after_the_service_deadline(at, pack, window):
    service = service_deadline(Kind.QUESTION, at, CALENDAR, pack)
    until = None if window is None else at + window
    found = effective(service, until, at, pack)
    assert at < found <= service and found in (service, until)


@given(MOMENTS, st.integers(0, 200))
def test_office_time_added_is_the_office_time_that_passes(at, hours):
    assert CALENDAR.working_time(at, CALENDAR.add_working_hours(at, hours)) == timedelta(hours=hours)


@given(MOMENTS, SPANS, SPANS)
def test_office_time_adds_up(at, one, other):
    middle, end = at + one, at + one + other
    assert CALENDAR.working_time(at, end) == CALENDAR.working_time(at, middle) + CALENDAR.working_time(middle, end)


SET = st.sampled_from(KEYS).flatmap(
    lambda key: st.sampled_from(units(key)).flatmap(
        lambda unit: st.integers(*bounds(key, unit)).map(lambda value: Own(key, value, unit, "own rule"))
    )
)


@settings(max_examples=50)
@given(st.lists(SET, max_size=8))
def test_the_last_word_on_each_value_counts_and_all_others_stay(rows):
    pack, last = laid_over(PACK, rows), {row.key: row for row in rows}
    for key in KEYS:
        if key in last or not key.startswith("kind.") or key.removeprefix("kind.") in PACK["kind"]:
            assert value_of(pack, key) == last.get(key, value_of(PACK, key))


@given(SET, st.sampled_from(Kind), MOMENTS)
def test_any_pack_a_department_may_set_gives_every_kind_a_deadline(row, kind, at):
    assert service_deadline(kind, at, CALENDAR, laid_over(PACK, [row])) > at
