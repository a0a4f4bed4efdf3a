"""What will happen in the city, drawn from a seed before it begins: who writes what and when, who is away, what breaks."""

import random
import tomllib
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from nlu import fallback
from nlu.corpus import read
from policies.calendar import SHANGHAI

PROFILE: Mapping[str, Any] = tomllib.loads((Path(__file__).parent / "profile.toml").read_text("utf-8"))
PLATFORMS = ("wechat", "weibo", "telegram")
PIECES = 6.0  # messages of a matter, on average: see profile.toml
MATTERS_OF_ONE = 1.6  # matters a citizen has in a month, on average
FEW = ((1, 6), (2, 3), (3, 1))  # a small city: few messages, so that many matters
SETTLED = "已解决了，谢谢"
LAST_HOURS = 2.0  # nobody writes in the city's last hours: what came must have been read and placed by then


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a citizen. `place`: which account, counted over all; `post`: the public post it stands under, or 0."""

    at: datetime
    place: int
    citizen: str
    text: str
    post: int


@dataclass(frozen=True, slots=True)
class Outage:
    """A platform that is away. `mode`: "refused" (nobody listens) or "silent" (takes the call, says nothing, has it half of the time)."""

    platform: str
    begins: datetime
    ends: datetime
    mode: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The size and the troubles of one city."""

    seed: int
    start: datetime  # midnight in Beijing
    days: int
    messages: int
    staff: int
    crashes: tuple[datetime, ...]
    outages: tuple[Outage, ...]
    losses: float = 0.003  # share of calls that arrive and whose answer is lost
    step: timedelta = timedelta(seconds=300)  # how often the platforms hand over what was said
    bursts: tuple[tuple[int, int], ...] = tuple((size, share) for size, share in PROFILE["matters"]["bursts"])
    emergencies: int = 0  # messages of danger besides those that the shares bring
    look_every: timedelta = timedelta(days=5)  # what is looked at less often than this is looked at this often
    accounts: Mapping[str, int] = field(default_factory=lambda: {"wechat": 5, "weibo": 4, "telegram": 3})

    @property
    def end(self) -> datetime:
        return self.start + timedelta(days=self.days)


def _beijing(day: date, hour: float = 0.0) -> datetime:
    return (datetime.combine(day, time_of_day(), SHANGHAI) + timedelta(hours=hour)).astimezone(UTC)


def whole(seed: int = 20260918, days: int = 30) -> Plan:
    """Thirty days over Mid-Autumn and National Day 2026, with two make-up days; fewer to look at something."""
    start, dice = _beijing(date(2026, 9, 18)), random.Random(seed)
    # A fifth of the crashes by night, the others when most is under way.
    days_of = [dice.uniform(0.2, days - 0.3) for _ in range(max(2, 20 * days // 30))]
    crashes = sorted(
        start + timedelta(days=int(day), hours=dice.uniform(0, 24) if n % 5 == 0 else dice.uniform(9, 18)) for n, day in enumerate(days_of)
    )
    outages = (
        Outage("wechat", start + timedelta(days=5, hours=9.5), start + timedelta(days=5, hours=15.5), "refused"),
        Outage("weibo", start + timedelta(days=21, hours=10), start + timedelta(days=21, hours=13), "silent"),
    )
    return Plan(seed, start, days, 100_000 * days // 30, 60, tuple(crashes), outages)


def short(seed: int = 7) -> Plan:
    """Two working days before a weekend, small enough for every test run, with every kind of trouble."""
    start = _beijing(date(2026, 9, 17))
    crashes = tuple(start + timedelta(hours=hours) for hours in (10.4, 15.2, 33.8))
    outages = (
        Outage("wechat", start + timedelta(hours=13), start + timedelta(hours=15), "refused"),
        Outage("weibo", start + timedelta(hours=34), start + timedelta(hours=36), "silent"),
    )
    more = {
        "losses": 0.02,
        "accounts": {"wechat": 3, "weibo": 1, "telegram": 1},
        "emergencies": 4,
        "bursts": FEW,
        "look_every": timedelta(hours=12),
    }
    return Plan(seed, start, 2, 250, 20, crashes, outages, **more)  # type: ignore[arg-type]


def tiny(seed: int = 3) -> Plan:
    """One working day and nothing but work: to see one broken rule."""
    more = {"accounts": {"wechat": 2, "weibo": 1, "telegram": 1}, "emergencies": 6, "bursts": FEW, "look_every": timedelta(minutes=17)}
    return Plan(seed, _beijing(date(2026, 9, 17)), 1, 150, 20, (), (), **more)  # type: ignore[arg-type]


def conversation(plan: Plan) -> list[Said]:
    """All that citizens say, in order of time; the same for the same plan."""
    dice = random.Random(plan.seed)
    pools = _places(plan)
    people = max(1, int(plan.messages / PIECES))
    homes = [_home(dice, pools) for _ in range(people)]
    said: list[Said] = []
    while len(said) < plan.messages:
        number = dice.randrange(people)
        said += _matter(plan, dice, number, *homes[number])
    last = plan.end - timedelta(hours=LAST_HOURS)
    said = [row for row in said if row.at < last][: plan.messages] or said
    while len(said) < plan.messages:  # what fell behind the end is said earlier, by somebody else
        number = dice.randrange(people)
        said += [row for row in _matter(plan, dice, number, *homes[number])[:1] if row.at < last]
    said = sorted(said[: plan.messages], key=lambda row: (row.at, row.citizen))
    for number in range(plan.emergencies):
        place = (2 * number + 1) * len(said) // (2 * plan.emergencies)
        said[place] = replace(said[place], text=_words(dice, "emergency"), post=0)
    return said


@cache
def _texts() -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for example in read():
        if len(example.text) <= 200:
            found.setdefault(example.intent, []).append(example.text)
    return found


def _words(dice: random.Random, intent: str) -> str:
    """A sentence of this intent that the keywords read so far rightly that nobody is called out of bed for nothing.

    How well is read is measured elsewhere.
    """
    while True:
        text = dice.choice(_texts()[intent])
        if _sounds_urgent(text) == (intent == "emergency"):
            return text


@cache
def _sounds_urgent(text: str) -> bool:
    return fallback.is_emergency(text)


def _places(plan: Plan) -> dict[str, list[int]]:
    numbers = iter(range(sum(plan.accounts.values())))
    return {platform: [next(numbers) for _ in range(plan.accounts[platform])] for platform in PLATFORMS}


def _home(dice: random.Random, pools: Mapping[str, Sequence[int]]) -> tuple[int, bool]:
    """A citizen's account, and whether they write in public."""
    platform = _drawn(dice, {name: PROFILE["platforms"][name] for name in PLATFORMS})
    return dice.choice(pools[platform]), platform == "weibo" and dice.random() < PROFILE["platforms"]["public_share"]


def _matter(plan: Plan, dice: random.Random, number: int, place: int, public: bool) -> list[Said]:
    """One matter: a burst, and perhaps a question after it days later."""
    rules, shares = PROFILE["matters"], {name: share for name, share in PROFILE["intents"].items() if name != "source"}
    at, intent = _moment(plan, dice), _drawn(dice, shares)
    count = _drawn(dice, dict(plan.bursts))
    citizen, post, said = f"{900_000_000 + number}", 4_000_000_000_000_000 + number if public else 0, []
    for _ in range(count):
        said.append(Said(at, place, citizen, _words(dice, intent), post))
        at += timedelta(seconds=dice.uniform(*rules["burst_gap_seconds"]))
    if dice.random() < rules["later_share"]:
        at += timedelta(hours=dice.uniform(*rules["later_hours"]))
        kind = dice.choice(("progress", "progress", "thanks", "question", "settled"))
        said.append(Said(at, place, citizen, SETTLED if kind == "settled" else _words(dice, kind), post))
    return said


def _moment(plan: Plan, dice: random.Random) -> datetime:
    day = _drawn(dice, _days(plan))
    hour = _drawn(dice, dict(enumerate(PROFILE["hours"]["counts"])))
    return plan.start + timedelta(days=day, hours=hour, seconds=dice.uniform(0, 3600))


@cache
def _weekdays(start: datetime, days: int) -> tuple[int, ...]:
    first = start.astimezone(SHANGHAI).date()
    return tuple(PROFILE["weekdays"]["counts"][(first + timedelta(days=n)).weekday()] for n in range(days))


def _days(plan: Plan) -> dict[int, int]:
    return dict(enumerate(_weekdays(plan.start, plan.days)))


def _drawn[K](dice: random.Random, shares: Mapping[K, int]) -> K:
    names, sums = list(shares), list(accumulate(shares.values()))
    return names[bisect_left(sums, dice.uniform(0, sums[-1]))]
