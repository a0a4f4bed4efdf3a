"""Deadlines around the holidays of 2025 and 2026, each reckoned by hand from the State Council's two notices.

2025 (国办发明电〔2024〕12号): 元旦 1 January; 春节 28 January to 4 February, work on Sunday 26 January and Saturday 8 February;
国庆 and 中秋 1 to 8 October, work on Sunday 28 September and Saturday 11 October.
2026 (notice of 2025-11-04): 元旦 1 to 3 January, work on Sunday 4; 春节 15 to 23 February, work on Saturdays 14 and 28 February;
中秋 25 to 27 September; 国庆 1 to 7 October, work on Sunday 20 September and Saturday 10 October.
2027 is not known: Monday to Friday. Office hours 09:00 to 12:00 and 13:30 to 17:30, seven a day. The day of the message does not count.
"""

from datetime import datetime

import pytest

from policies.calendar import SHANGHAI, default_calendar
from policies.deadlines import PACK, extended, service_deadline
from policies.packs import Own, laid_over
from policies.pauses import moved

CALENDAR = default_calendar()
FOUR_HOURS = laid_over(PACK, [Own("kind.question", 4, "working_hours", "四个工作小时")])


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


# kind (question: 2 working days, progress and human 1, help 5, complaint 10, disclosure 20), message, deadline, the days counted
DAYS = [
    # 春节 2025
    ("question", "2025-01-23 10:00", "2025-01-26 17:30"),  # Thu: Fri 24, Sun 26 made up
    ("question", "2025-01-24 17:29", "2025-01-27 17:30"),  # Fri: Sun 26 made up, Mon 27
    ("question", "2025-01-25 12:00", "2025-01-27 17:30"),  # Sat off: 26, 27
    ("question", "2025-01-26 09:00", "2025-02-05 17:30"),  # the made-up Sunday itself: Mon 27, Wed 5
    ("question", "2025-01-27 17:29", "2025-02-06 17:30"),  # the last minute: 5, 6
    ("question", "2025-01-27 17:31", "2025-02-06 17:30"),  # offices have closed: the same day does not count either way
    ("question", "2025-01-27 23:59", "2025-02-06 17:30"),
    ("question", "2025-01-28 00:00", "2025-02-06 17:30"),  # the holiday's first minute
    ("question", "2025-02-01 15:00", "2025-02-06 17:30"),  # in the middle
    ("question", "2025-02-04 23:59", "2025-02-06 17:30"),  # its last minute
    ("question", "2025-02-05 00:00", "2025-02-07 17:30"),  # a minute later: 6, 7
    ("question", "2025-02-07 16:00", "2025-02-10 17:30"),  # Fri: Sat 8 made up, Mon 10
    ("question", "2025-02-08 10:00", "2025-02-11 17:30"),  # the made-up Saturday itself: 10, 11
    ("question", "2025-02-09 10:00", "2025-02-11 17:30"),  # a Sunday as others
    ("progress", "2025-01-27 09:00", "2025-02-05 17:30"),
    ("progress", "2025-01-25 08:00", "2025-01-26 17:30"),  # due on the made-up Sunday
    ("help", "2025-01-20 10:00", "2025-01-26 17:30"),  # 21 22 23 24, Sunday 26
    ("complaint", "2025-01-20 10:00", "2025-02-08 17:30"),  # 21 22 23 24 26 27, 5 6 7, Saturday 8
    ("disclosure", "2025-01-10 09:00", "2025-02-13 17:30"),  # 13-17, 20-24 (10), 26 27, 5-8 (16), 10-13 (20)
    ("emergency", "2025-01-29 02:00", "2025-01-29 02:15"),  # New Year's night: fifteen minutes
    # the turn of the year
    ("question", "2024-12-30 10:00", "2025-01-02 17:30"),  # Tue 31; Wed 1 off; Thu 2
    ("question", "2025-12-30 10:00", "2026-01-04 17:30"),  # Wed 31; 1 to 3 off; Sun 4 made up
    ("question", "2025-12-31 17:29", "2026-01-05 17:30"),  # Sun 4, Mon 5
    ("human", "2025-12-31 23:59", "2026-01-04 17:30"),
    ("question", "2026-01-01 00:00", "2026-01-05 17:30"),
    # 春节 2026
    ("question", "2026-02-12 10:00", "2026-02-14 17:30"),  # Thu: Fri 13, Sat 14 made up
    ("question", "2026-02-13 17:29", "2026-02-24 17:30"),  # Fri: Sat 14 made up, Tue 24
    ("question", "2026-02-14 09:00", "2026-02-25 17:30"),  # the made-up Saturday itself: 24, 25
    ("question", "2026-02-14 17:29", "2026-02-25 17:30"),  # the last minute
    ("question", "2026-02-14 23:59", "2026-02-25 17:30"),
    ("question", "2026-02-15 00:00", "2026-02-25 17:30"),  # the holiday's first minute
    ("question", "2026-02-17 00:01", "2026-02-25 17:30"),  # the new year's first minute
    ("question", "2026-02-23 23:59", "2026-02-25 17:30"),  # the holiday's last minute
    ("question", "2026-02-24 00:00", "2026-02-26 17:30"),  # a minute later
    ("question", "2026-02-26 12:00", "2026-02-28 17:30"),  # Fri 27, Sat 28 made up
    ("question", "2026-02-27 18:00", "2026-03-02 17:30"),  # Sat 28 made up, Mon 2
    ("question", "2026-02-28 10:00", "2026-03-03 17:30"),
    ("question", "2026-03-01 10:00", "2026-03-03 17:30"),
    ("human", "2026-02-13 20:00", "2026-02-14 17:30"),
    ("human", "2026-02-14 20:00", "2026-02-24 17:30"),
    ("help", "2026-02-09 10:00", "2026-02-14 17:30"),  # 10-13 (4), Saturday 14
    ("complaint", "2026-02-09 10:00", "2026-02-28 17:30"),  # 10-14 (5), 24-27 (9), Saturday 28
    ("disclosure", "2026-02-02 10:00", "2026-03-06 17:30"),  # 3-6 (4), 9-14 (10), 24-28 (15), 2-6 March (20)
    ("emergency", "2026-02-17 00:00", "2026-02-17 00:15"),
    # autumn
    ("question", "2025-09-26 10:00", "2025-09-29 17:30"),  # Fri: Sun 28 made up, Mon 29
    ("question", "2025-09-30 17:29", "2025-10-10 17:30"),  # Thu 9, Fri 10
    ("question", "2025-10-10 10:00", "2025-10-13 17:30"),  # Sat 11 made up, Mon 13
    ("question", "2026-09-18 10:00", "2026-09-21 17:30"),  # Fri: Sun 20 made up, Mon 21
    ("question", "2026-09-24 10:00", "2026-09-29 17:30"),  # Fri to Sun off; 28, 29
    ("question", "2026-09-30 10:00", "2026-10-09 17:30"),  # Thu 8, Fri 9
    ("question", "2026-10-09 10:00", "2026-10-12 17:30"),  # Sat 10 made up, Mon 12
    # a year nobody has brought in: Monday to Friday, with a warning
    ("question", "2026-12-31 10:00", "2027-01-04 17:30"),  # Fri 1 January counts as a working day
    ("complaint", "2026-12-25 10:00", "2027-01-08 17:30"),  # 28-31 (4), Fri 1 (5), 4-8 (10)
]

HOURS = [
    ("2025-01-27 11:00", "2025-01-27 16:30"),  # one hour before noon, three after
    ("2025-01-27 16:30", "2025-02-05 12:00"),  # one hour on Monday, three on Wednesday of the week after
    ("2025-01-30 08:00", "2025-02-05 14:30"),  # three in the morning, one after noon
    ("2025-02-08 09:00", "2025-02-08 14:30"),  # a made-up Saturday
    ("2025-02-08 17:29", "2025-02-10 14:29"),  # one minute on Saturday, three hours and 59 minutes on Monday
    ("2026-02-14 16:00", "2026-02-24 11:30"),  # an hour and a half before the holiday, two and a half after it
    ("2026-02-28 17:30", "2026-03-02 14:30"),  # offices have just closed
]

EXTENSIONS = [
    ("2026-02-14 17:30", "2026-03-13 17:30"),  # 24-28 February (5), 2-6 (10), 9-13 March (15)
    ("2025-01-26 17:30", "2025-02-21 17:30"),  # 27 (1), 5-8 February (5), 10-14 (10), 17-21 (15)
    ("2026-12-31 17:30", "2027-01-21 17:30"),  # Fri 1 (1), 4-8 (6), 11-15 (11), 18-21 (15)
]

PAUSES = [
    # since, until, deadline before, deadline after
    ("2026-02-13 09:00", "2026-02-24 09:00", "2026-02-14 17:30", "2026-02-25 17:30"),  # Fri and Sat made up: 14 h, two days
    ("2026-02-15 00:00", "2026-02-23 23:59", "2026-02-25 17:30", "2026-02-25 17:30"),  # nothing but holiday: no office time
    ("2025-01-26 13:30", "2025-01-27 12:00", "2025-02-05 17:30", "2025-02-06 17:30"),  # four hours on Sunday, three on Monday
    ("2025-02-07 16:30", "2025-02-08 10:00", "2025-02-10 17:30", "2025-02-11 11:00"),  # one hour on Friday, one on Saturday
]


def test_the_table_is_long_enough():
    assert len({row[:2] for row in DAYS}) == len(DAYS) >= 50


@pytest.mark.parametrize(("kind", "message", "deadline"), DAYS)
def test_a_deadline_in_days_is_the_one_reckoned_by_hand(kind, message, deadline):
    assert service_deadline(kind, local(message), CALENDAR) == local(deadline)


@pytest.mark.parametrize(("message", "deadline"), HOURS)
def test_a_deadline_in_hours_is_the_one_reckoned_by_hand(message, deadline):
    assert service_deadline("question", local(message), CALENDAR, FOUR_HOURS) == local(deadline)


@pytest.mark.parametrize(("deadline", "later"), EXTENSIONS)
def test_an_extension_is_the_one_reckoned_by_hand(deadline, later):
    assert extended(local(deadline), CALENDAR) == local(later)


@pytest.mark.parametrize(("since", "until", "before", "after"), PAUSES)
def test_a_pause_moves_the_deadline_as_reckoned_by_hand(since, until, before, after):
    assert moved(local(before), local(since), local(until), CALENDAR) == local(after)


@pytest.mark.parametrize(("start", "end", "missing"), [("2026-12-25", "2026-12-31", ()), ("2026-12-31", "2027-01-04", (2027,))])
def test_a_deadline_that_reaches_an_unknown_year_is_known_to(start, end, missing):
    assert CALENDAR.missing_years(local(start), local(end)) == missing
