"""From what was measured to the table of figures: each beside what it should reach and what was published or claimed."""

from collections.abc import Sequence

from nlu.evaluation import metrics
from nlu.evaluation.results import Figure, Report, Study, Table
from policies.facts import Kind
from tests.bench.understanding import studies, urgency
from tests.bench.understanding.run import RIVALS, Found
from tests.bench.understanding.speed import Pace

NOTES = (
    "所有模型由 Rasa 训练、由 Rasa 在本机回环上提供，并通过 /model/parse 读取；原文先经 nlu.prepare，与生产一致。"
    "Every model was trained and served by Rasa and asked over HTTP; texts pass nlu.prepare as in production.",
    "真实留言按行号每五条留一条测试，只评原文；同文不参与训练。Every fifth real message is held out, only raw ones are judged.",
    "首日：在真实留言的七个主题之间选择（另列全部主题）。更正：首日模型读错的留言，每类最多 20 条，按固定种子选取。"
    "Day one chooses among the seven subjects of the real messages; corrections are messages the shipped model read wrongly.",
    "误判为无需答复：8,230 条真实留言经分诊（policies.triage）后不生成诉求单的条数。Dismissed: no ticket after triage.",
    "紧急误报按分诊结果计。ECE 为 15 个等宽区间。宏平均 F1 的类别为测试集与识别结果中出现的类别。",
    "Rasa DIET 与 LogisticRegression 为 nlu/yardsticks/ 中的原装流水线，同一次运行、同一训练与测试划分（没有真实留言时用自编语料的意图）；"
    "DIET 训练 6 轮，"
    "文本取前 40 字（约为标题），LogisticRegression 取前 220 字。"
    "The stock pipelines ran on the same split; DIET on the first 40 characters.",
    "速度在训练全部结束后单独测量，用例为真实留言原文；吞吐含压测程序在内共用两核。"
    "Speed was measured alone, the load generator shares the cores.",
)


def _f1(study: Study | None) -> float | None:
    return metrics.macro_f1(study.judged.truth, study.judged.found) if study else None


def _at_least(
    key: str, zh: str, en: str, value: float | None, reach: float | None, yardstick: str = "", others: Sequence[float | None] = ()
) -> list[Figure]:
    """A line for a share that should be high; none where it was not measured."""
    if value is None:
        return []
    told = tuple("" if one is None else f"{one:.3f}" for one in others)
    met = None if reach is None else value >= reach
    return [Figure(key, zh, en, f"{value:.3f}", f"≥ {reach:.2f}" if reach is not None else "", met, yardstick, told)]


def readings(found: Found) -> list[Figure]:
    """How rightly real messages and our own are read."""
    rows = _at_least(
        "real", "宏平均 F1：用真实留言训练", "macro-F1, trained on real messages", _f1(found.real), 0.94,
        "0.921 实验组件, 0.929 已核实, 0.938 BERT（未核实）", [_f1(one) for one in found.rivals],
    )  # fmt: skip
    rows += _at_least("day_one", "宏平均 F1：首日，只用自编语料", "macro-F1, day one, our own data only", _f1(found.day_one), 0.80)
    rows += _at_least(
        "day_one_all", "宏平均 F1：首日，全部主题中选择", "macro-F1, day one, all subjects to choose from", _f1(found.day_one_all), None
    )
    rows += _at_least(
        "corrected",
        "宏平均 F1：首日加每类 20 条更正",
        "macro-F1, day one and 20 corrections a class",
        _f1(found.corrected),
        0.87,
        "0.70（仅 20 条）",
    )
    rows += _at_least(
        "random",
        "宏平均 F1：首日加每类 20 条随机留言",
        "macro-F1, day one and 20 random messages a class",
        _f1(found.random),
        0.87,
        "0.70（仅 20 条）",
    )
    for one in found.own:
        others = [_f1(rival) for rival in found.rivals] if one.key == "own_intent" and not found.real else []
        rows += _at_least(one.key, f"宏平均 F1：{one.zh}", f"macro-F1, {one.en}", _f1(one), None, others=others)
    return rows


def honesty(found: Found) -> list[Figure]:
    """ECE of every study."""
    shown = [found.real, found.day_one, *found.own]
    rows = [(one, metrics.ece(one.judged.confidence, one.judged.right)) for one in shown if one]
    return [Figure(f"ece_{one.key}", f"校准误差 ECE：{one.zh}", f"ECE, {one.en}", f"{value:.3f}") for one, value in rows]


def decisions(found: Found) -> list[Figure]:
    """What triage makes of real messages and of urgent calls."""
    rows = []
    if found.messages:
        lost = sum(not one.made.makes_ticket for one in found.messages)
        told = f"{lost} / {len(found.messages)}"
        rows.append(
            Figure("dismissed", "真实留言误判为无需答复", "questions wrongly dismissed", told, "≤ 1‰", lost <= len(found.messages) / 1000)
        )
    rows += _at_least("urgent", "紧急求助召回", f"urgent calls recognised, of {len(found.calls)}", urgency.part(found.calls), 0.98)
    if found.messages:
        alarms = urgency.part(found.messages)
        rows.append(Figure("alarms", "真实留言中的紧急误报", "false alarms on real messages", f"{alarms:.2%}", "≤ 2%", alarms <= 0.02))
    return rows


def _at_most(key: str, zh: str, en: str, value: float, reach: float, unit: str, yardstick: str, others: Sequence[float | None]) -> Figure:
    told = tuple("" if one is None else f"{one:.1f} {unit}" for one in others)
    return Figure(key, zh, en, f"{value:.1f} {unit}", f"≤ {reach:g} {unit}", value <= reach, yardstick, told)


def _each(paces: Sequence[Pace | None], name: str) -> list[float | None]:
    return [None if one is None else float(getattr(one, name)) for one in paces]


def sizes(found: Found) -> list[Figure]:
    """Speed and size."""
    rows, rivals = [], found.rival_paces
    if found.pace:
        own = found.pace
        memory = max(own.memory, *(one.memory for one in found.throughputs), 0.0)
        rows = [
            _at_most("p50", "单条耗时 p50", "one parse over HTTP, p50", own.p50, 5, "ms", "DIET 12, LR 6", _each(rivals, "p50")),
            _at_most("p99", "单条耗时 p99", "one parse over HTTP, p99", own.p99, 10, "ms", "DIET 17, LR 9", _each(rivals, "p99")),
            _at_most("model", "模型文件", "model file", own.model, 20, "MB", "250", _each(rivals, "model")),
            _at_most("rss", "单个 Rasa 进程内存", "memory of one Rasa process", memory, 700, "MB", "1,100", _each(rivals, "memory")),
        ]  # fmt: skip
    for one in found.throughputs:
        many = one.processes > 1
        met = max(one.plain, one.client) >= 600 if many else None
        reach = "≥ 600" if many else ""
        zh, en = f"每秒条数：{one.processes} 个进程", f"messages a second, {one.processes} process{'es' if many else ''}"
        rows.append(Figure(f"flood_{one.processes}", zh, en, f"{one.plain:.0f}", reach, met, "289（1 个进程）" if not many else ""))
    return rows


def tables(found: Found) -> list[Table]:
    """Urgency in detail, and throughput."""
    rows = tuple(
        (str(one.processes), f"{one.plain:.0f}", f"{one.client:.0f}", str(one.lost), f"{one.memory:.0f}") for one in found.throughputs
    )
    heads = ("进程 processes", "条/秒 plain HTTP", "条/秒 nlu.client", "交给关键词 lost", "内存 MB")
    dismissed = tuple(
        (str(one.row["text"])[:200], studies.INTENTS[Kind(one.read.intent)], one.made.reason)
        for one in found.messages
        if not one.made.makes_ticket
    )
    told = (
        [Table("误判为无需答复的留言", "wrongly dismissed", ("原文 text", "识别 read as", "理由 reason"), dismissed, private=True)]
        if dismissed
        else []
    )
    return [*urgency.tables(found.calls, found.others), *told, Table("吞吐", "throughput, 8 connections", heads, rows)]


def report(found: Found, about: list[tuple[str, str]], left_out: list[str]) -> Report:
    """The Report of everything that was measured."""
    made = [found.real, found.day_one, found.corrected, *found.own]
    curve = sorted(found.curve, key=lambda point: point[1])
    value = _f1(found.real)
    everything = [("全部", found.trained, value)] if curve and value is not None else []
    return Report(
        about=about,
        rivals=RIVALS,
        figures=[*readings(found), *decisions(found), *sizes(found), *honesty(found)],
        studies=[one for one in made if one],
        curve=[*curve, *everything],
        tables=tables(found),
        mistakes="real" if found.real else "day_one",
        notes=list(NOTES),
        left_out=left_out,
    )
