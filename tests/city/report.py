"""The report of a run: one page with charts, the same as SVG files, and the figures as JSON."""

import json
import os
import resource
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from html import escape
from typing import Any

from policies.calendar import SHANGHAI
from tests.bench.report import Row, Section, machine
from tests.city import figures
from tests.city.charts import Marks, Series, bars, over_time, table
from tests.city.invariants import INVARIANTS, tally
from tests.city.plan import Plan, Said
from tests.city.world import World

MOST_SECONDS = 600
STYLE = """
body{font:16px/1.6 system-ui,"Noto Sans SC",sans-serif;color:#1b2733;max-width:62rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2.2rem}p.note{color:#5b6b7b}svg{width:100%;height:auto}
table{border-collapse:collapse;width:100%;font-size:.92rem}th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #d9e0e7}
.bad{color:#b3261e;font-weight:600}.good{color:#1d6b3a;font-weight:600}
"""


@dataclass(slots=True)
class Found:
    """What came of a run. `missing`: what was planned and did not happen, in words."""

    machine: str
    seconds: float
    crashes: int
    sabotage: str
    violations: dict[str, int]
    looked: dict[str, int]
    missing: list[str]
    processor: float = 0.0  # seconds of all processes of the run
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def broken(self) -> list[str]:
        return [name for name, count in self.violations.items() if count] + self.missing


def _processor() -> float:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


def judged(world: World, plan: Plan, seconds: float, crashes: int, sabotage: str) -> Found:
    """The invariants' figures, and whether all that was planned happened."""
    violations: Counter[str] = Counter({row.name: 0 for row in INVARIANTS})
    for note in world.notes("violations"):
        violations[note["invariant"]] += note["count"]
    seen = tally(world.notes("looks"))
    looked = {row.name: seen[row.name] for row in INVARIANTS}
    missing = [] if crashes == len(plan.crashes) else [f"only {crashes} of {len(plan.crashes)} crashes happened"]
    missing += [f"{row.name} was never looked at" for row in INVARIANTS if not looked[row.name]]
    return Found(machine(), seconds, crashes, sabotage, dict(violations), looked, missing, _processor())


def section(found: Found, plan: Plan) -> Section:
    """The run's figures for docs/benchmarks.md."""
    made = Section("city", "A simulated city of thirty days", machine=found.machine)
    for row in INVARIANTS:
        count = found.violations[row.name]
        made.rows.append(Row(f"{row.en} (looked at {found.looked[row.name]:,})", str(count), "0", count == 0))
    made.rows.append(Row("crashes (kill -9), outages", f"{found.crashes}, {len(plan.outages)}", "20, 2", not found.missing))
    made.rows.append(
        Row(
            "run time; processor time of all processes",
            f"{found.seconds:.0f} s; {found.processor:.0f} s",
            "≤ 600 s",
            found.seconds <= MOST_SECONDS,
        )
    )
    made.notes.append(
        f"{plan.days} days, {plan.messages:,} messages, {plan.staff} staff; {engine()}. What is real and what is not: [city.md](city.md)."
    )
    return made


def engine() -> str:
    """The database's name."""
    return "PostgreSQL" if os.environ.get("DATABASE_URL") else "SQLite"


def write(world: World, plan: Plan, said: Sequence[Said], found: Found) -> None:
    """report.html, figures.json and one SVG a chart."""
    found.figures = figures.of_run(world)
    content = asdict(found) | {"spent": figures.spent(world)}
    (world.folder / "figures.json").write_text(json.dumps(content, ensure_ascii=False, indent=1, default=str), encoding="utf-8")
    charts = _charts(world, plan, said, found.figures)
    for number, (_, picture, _) in enumerate(charts, 1):
        (world.folder / f"chart-{number}.svg").write_text(picture, encoding="utf-8")
    page = "".join(
        [_head(plan, found), _promises(found), *(_section(*chart) for chart in charts), _troubles(world, plan), _time(world, found)]
    )
    (world.folder / "report.html").write_text(page, encoding="utf-8")


type Chart = tuple[str, str, str]  # title, picture, a table that says the same


def _charts(world: World, plan: Plan, said: Sequence[Said], known: dict[str, Any]) -> list[Chart]:
    marks = Marks(plan, [_moment(row["at"]) for row in world.notes("crashes")])
    samples = [(_moment(row["at"]), row) for row in world.notes("samples")]
    hours: Counter[datetime] = Counter(row.at.replace(minute=0, second=0, microsecond=0) for row in said)
    every = [(plan.start + timedelta(hours=n), hours[plan.start + timedelta(hours=n)]) for n in range(plan.days * 24)]
    of_day: Counter[int] = Counter()
    for at, count in every:
        of_day[at.astimezone(SHANGHAI).hour] += count
    found = [
        (
            "每小时留言数 messages an hour",
            over_time("每小时留言数 messages an hour", [Series("留言 messages", every)], marks),
            table(("时 hour", "留言 messages"), [(f"{hour:02d}", of_day[hour]) for hour in range(24)]),
        ),
        _lines("未结诉求单 open tickets", samples, {"open": "未结 open", "overdue": "超期 overdue"}, marks),
        _lines("暂存与待核实的答复 replies held and in doubt", samples, {"held": "暂存 held", "unknown": "待核实 in doubt"}, marks),
    ]
    return found + [_bars(title, rows) for title, rows in known["bars"].items() if rows]


def _lines(title: str, samples: Sequence[tuple[datetime, dict[str, Any]]], names: dict[str, str], marks: Marks) -> Chart:
    series = [Series(name, [(at, row[key]) for at, row in samples]) for key, name in names.items()]
    noon = [(f"{at.astimezone(SHANGHAI):%m-%d}", *(row[key] for key in names)) for at, row in samples if at.astimezone(SHANGHAI).hour == 12]
    return title, over_time(title, series, marks), table(("日 12:00 day", *names.values()), noon)


def _bars(title: str, rows: Sequence[tuple[str, float]]) -> Chart:
    return title, bars(title, rows), table(("", ""), [(name, f"{value:,.0f}") for name, value in rows])


def _moment(written: str) -> datetime:
    return datetime.fromisoformat(written)


def _head(plan: Plan, found: Found) -> str:
    days = f"{plan.start.astimezone(SHANGHAI):%Y-%m-%d} 至 {plan.end.astimezone(SHANGHAI) - timedelta(days=1):%Y-%m-%d}"
    troubles = f"{found.crashes} 次 kill -9，{len(plan.outages)} 次平台中断"
    what = f"{plan.days} 天（{days}），{plan.messages:,} 条留言，{plan.staff} 名工作人员，{troubles}"
    size = f"{plan.days} days, {plan.messages:,} messages, {plan.staff} staff, {found.crashes} kills, {len(plan.outages)} outages"
    spoiled = f'<p class="bad">故意破坏 broken on purpose: {escape(found.sabotage)}</p>' if found.sabotage else ""
    return (
        f'<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><title>模拟城市 The simulated city</title><style>{STYLE}</style>'
        f"<h1>模拟城市 The simulated city</h1><p>{what}。运行 {found.seconds:.0f} 秒。</p>"
        f'<p class="note">{size}; {found.seconds:.0f} s on {escape(found.machine)}, {engine()}.</p>{spoiled}'
    )


def _promises(found: Found) -> str:
    rows = "".join(
        f'<tr><td>{row.zh}<br><span class="note">{row.en}</span></td><td class="{"bad" if found.violations[row.name] else "good"}">'
        f"{found.violations[row.name]}</td><td>{found.looked[row.name]:,}</td></tr>"
        for row in INVARIANTS
    )
    missing = "".join(f'<p class="bad">{escape(words)}</p>' for words in found.missing)
    head = "<tr><th>承诺 promise</th><th>违反 broken</th><th>核对 looked at</th></tr>"
    told = table(("", ""), list(found.figures["told"].items()))
    return f"<h2>承诺 Promises</h2><table>{head}{rows}</table>{missing}<h2>数字 Figures</h2>{told}"


def _section(title: str, picture: str, rows: str) -> str:
    return f"<h2>{escape(title)}</h2>{picture}<details><summary>表格 table</summary>{rows}</details>"


def _troubles(world: World, plan: Plan) -> str:
    crashes = [(f"{_moment(row['at']).astimezone(SHANGHAI):%m-%d %H:%M:%S}", row["doing"]) for row in world.notes("crashes")]
    outages = [
        (row.platform, f"{row.begins.astimezone(SHANGHAI):%m-%d %H:%M}", f"{row.ends.astimezone(SHANGHAI):%m-%d %H:%M}", row.mode)
        for row in plan.outages
        if row.begins < plan.end
    ]
    first = table(("被杀时刻 killed at", "正在做 doing"), crashes)
    second = table(("平台 platform", "起 from", "止 until", "方式 how"), outages)
    broken = [(row["at"], row["invariant"], row["count"], "; ".join(row["first"])) for row in world.notes("violations")][:200]
    third = f"<h2>违反 Violations</h2>{table(('时刻', '承诺', '数', '例'), broken)}" if broken else ""
    return f"<h2>崩溃与中断 Crashes and outages</h2>{first}{second}{third}"


def _time(world: World, found: Found) -> str:
    rows = [(name, f"{seconds:.1f} s") for name, seconds in figures.spent(world).most_common()]
    took = f"<p class='note'>{found.seconds:.0f} s, {escape(found.machine)}</p>"
    return f"<h2>用时 Where the time went</h2>{table(('', '秒 seconds'), rows)}{took}"
