"""The report as one HTML file: no script, nothing from elsewhere, readable on a phone and on paper. Chinese first."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from nlu.evaluation import metrics, pictures
from nlu.evaluation.results import Figure, Report, Study, Table

POLICY = "default-src 'none'; style-src 'unsafe-inline'"  # a text that slipped through as markup could still do nothing
MISTAKES = 20
FEW, MANY = 8, 20  # labels of a matrix that stands beside another; of the largest that is drawn
LONGEST = 400  # characters of a mistake's text that are shown
SECTIONS = (
    ("figures", "指标与目标", "Figures against targets"),
    ("matrices", "混淆矩阵", "Confusion matrices"),
    ("classes", "各类别", "Per class"),
    ("honesty", "置信度与覆盖率", "Calibration and coverage"),
    ("learning", "学习曲线", "Learning curve"),
    ("details", "紧急与速度", "Urgency and speed"),
    ("mistakes", "最严重的误判", "Worst mistakes"),
    ("method", "测量方法", "How it was measured"),
)


def both(zh: str, en: str) -> str:
    """Chinese, and English small beside it."""
    return f'{escape(zh)} <span class="en" lang="en">{escape(en)}</span>'


def render(report: Report) -> str:
    """The whole page."""
    made = {
        "figures": _figures(report),
        "matrices": _matrices(report),
        "classes": _classes(report),
        "honesty": _honesty(report),
        "learning": _learning(report),
        "details": "".join(table(one) for one in report.tables),
        "mistakes": _mistakes(report),
        "method": _method(report),
    }
    inner = "".join(f'<section id="{key}"><h2>{both(zh, en)}</h2>{made[key]}</section>' for key, zh, en in SECTIONS)
    links = "".join(f'<li><a href="#{key}">{escape(zh)}</a></li>' for key, zh, _ in SECTIONS)
    style = Path(__file__).with_name("page.css").read_text("utf-8")
    return (
        '<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}"><meta name="robots" content="noindex">'
        f"<title>回音 · 理解能力评测报告</title><style>{style}</style></head><body>{_head(report)}"
        f'<nav aria-label="目录 contents"><ul>{links}</ul></nav><main>{inner}</main>'
        "<footer><div>本页含市民原文，只留在本机，不得外传。"
        '<span class="en" lang="en">Holds citizens’ words: keep it on this machine.</span></div></footer></body></html>\n'
    )


def _head(report: Report) -> str:
    judged = [one for one in report.figures if one.met is not None]
    met = len(judged) - len(report.missed)
    verdict = f"{met} / {len(judged)} 项达到目标 · targets met" if judged else "没有可对照的目标 · nothing to hold against a target"
    about = " · ".join(escape(value) for name, value in report.about[:1])
    return (
        '<header><div><h1>理解能力评测报告 <span class="en" lang="en">How well messages are understood</span></h1>'
        f'<p>{about}</p><span class="verdict">{verdict}</span></div></header>'
    )


def _verdict(one: Figure) -> str:
    if one.met is None:
        return ""
    return '<span class="met">✓ 达到</span>' if one.met else '<span class="missed">✗ 未达到</span>'


def _figures(report: Report) -> str:
    heads = ("指标 figure", "回音 ours", "目标 reach", "结果", *report.rivals, "参照 yardstick")
    kinds = ("own", "n", "n", *["n"] * len(report.rivals), "told")
    rows = []
    for one in report.figures:
        cells = (
            escape(one.ours),
            escape(one.reach),
            _verdict(one),
            *map(escape, _padded(one.others, report.rivals)),
            escape(one.yardstick),
        )
        line = "".join(
            f'<td class="{kind}" data-head="{escape(head)}">{cell}</td>' for kind, head, cell in zip(kinds, heads[1:], cells, strict=True)
        )
        rows.append(f"<tr><td>{both(one.zh, one.en)}</td>{line}</tr>")
    head = "".join(
        f'<th scope="col" class="{"n" if 1 < place < len(heads) - 1 else ""}">{escape(one)}</th>' for place, one in enumerate(heads)
    )
    left_out = "".join(f"<li>{escape(one)}</li>" for one in report.left_out)
    told = f"<h3>{both('未测量', 'Left out')}</h3><ul>{left_out}</ul>" if left_out else ""
    inner = f'<table class="figures"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    return _scroll(inner) + told


def _scroll(inner: str) -> str:
    """What may be wider than a phone; a keyboard must be able to reach it."""
    return f'<div class="scroll" tabindex="0">{inner}</div>'


def _padded(words: Sequence[str], heads: Sequence[str]) -> list[str]:
    return [*words, *[""] * (len(heads) - len(words))][: len(heads)]


def table(one: Table) -> str:
    """A plain table; the first column is words, the others are figures."""
    head = "".join(f'<th scope="col" class="{"n" if place else ""}">{escape(word)}</th>' for place, word in enumerate(one.heads))
    rows = "".join(
        "<tr>" + "".join(f'<td class="{"n" if place else ""}">{escape(word)}</td>' for place, word in enumerate(row)) + "</tr>"
        for row in one.rows
    )
    note = f'<p class="note">{escape(one.note)}</p>' if one.note else ""
    return f"<h3>{both(one.zh, one.en)}</h3>{note}" + _scroll(f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")


def _small(report: Report) -> list[Study]:
    """The studies whose labels fit a picture."""
    return [one for one in report.studies if _labels(one) <= MANY]


def _labels(one: Study) -> int:
    return len({*one.judged.truth, *one.judged.found})


def _told(one: Study) -> str:
    found = metrics.summary(one.judged)
    figures = (
        f"macro-F1 {found['macro_f1']:.3f} · 正确率 accuracy {found['accuracy']:.3f} · ECE {found['ece']:.3f} · {found['texts']} 条 texts"
    )
    return f'<p class="note">{escape(one.note)}<br>{figures}</p>'


def _matrices(report: Report) -> str:
    studies = _small(report)
    few = [_matrix(one) for one in studies if _labels(one) <= FEW]
    many = [_matrix(one) for one in studies if _labels(one) > FEW]
    hint = "每行是实际类别，每列是识别结果；蓝色为正确，红色为误判，颜色按该行占比加深。"
    return f'<p class="note">{hint}</p><div class="pair">{"".join(few)}</div>{"".join(many)}'


def _matrix(one: Study) -> str:
    labels, counts = metrics.confusion(one.judged.truth, one.judged.found)
    picture = pictures.matrix([one.name(label) for label in labels], counts, f"{one.zh} · {one.en}")
    return f"<figure><figcaption>{both(one.zh, one.en)}</figcaption>{_told(one)}{_scroll(picture)}</figure>"


def _classes(report: Report) -> str:
    return "".join(_class_table(one) for one in report.studies)


def _class_table(one: Study) -> str:
    found = metrics.per_class(one.judged.truth, one.judged.found)
    rows = "".join(
        f'<tr><td>{escape(one.name(row.label))}</td><td class="n">{row.precision:.3f}</td><td class="n">{row.recall:.3f}</td>'
        f'<td class="n"><span class="bar-of"><span class="bar" style="width:{row.f1 * 80:.0f}px"></span></span>{row.f1:.3f}</td>'
        f'<td class="n">{row.texts}</td></tr>'
        for row in found
    )
    heads = ("类别 class", "精确率 precision", "召回率 recall", "F1", "条数 texts")
    head = "".join(f'<th scope="col" class="{"n" if place else ""}">{word}</th>' for place, word in enumerate(heads))
    inner = _scroll(f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")
    return f"<details{' open' if len(found) <= MANY else ''}><summary>{both(one.zh, one.en)}（{len(found)}）</summary>{inner}</details>"


def _honesty(report: Report) -> str:
    shown = []
    for one in report.studies:
        sure, right = one.judged.confidence, one.judged.right
        bins = metrics.reliability(sure, right)
        title = f"{one.zh}：置信度校准 · calibration, {one.en}"
        covered = f"{one.zh}：覆盖率与正确率 · coverage and accuracy, {one.en}"
        told = f"ECE {metrics.ece(sure, right):.3f}（15 个等宽区间 equal bins）；{_promise(one)}"
        shown.append(
            f'<h3>{both(one.zh, one.en)}</h3><p class="note">{told}</p>'
            f'<div class="pair"><figure><figcaption>校准 calibration</figcaption>{pictures.calibration(bins, title)}</figure>'
            f"<figure><figcaption>覆盖率—正确率 coverage–accuracy</figcaption>"
            f"{pictures.coverage(metrics.coverage(sure, right), covered)}</figure></div>"
        )
    return '<p class="note">点的大小表示条数；落在虚线上为诚实：说有九成把握，就应对九成。</p>' + "".join(shown)


def _promise(one: Study) -> str:
    """What can be had at which threshold, in words."""
    parts = []
    for wanted in (0.95, 0.99):
        part, threshold = metrics.covered_at(one.judged.confidence, one.judged.right, wanted)
        parts.append(f"正确率 ≥ {wanted:.0%} 时覆盖 {part:.0%}（阈值 {threshold:.2f}）" if part else f"正确率达不到 {wanted:.0%}")
    return "；".join(parts)


def _learning(report: Report) -> str:
    if not report.curve:
        return '<p class="note">未测量。Not measured.</p>'
    rows = tuple((label, str(texts), f"{value:.3f}") for label, texts, value in report.curve)
    told = Table("数值", "as a table", ("每类条数", "训练条数 texts", "macro-F1"), rows)
    picture = pictures.learning(report.curve, "学习曲线：每类训练条数与 macro-F1 · learning curve")
    return f'<div class="pair"><figure>{picture}</figure><div>{table(told)}</div></div>'


def _mistakes(report: Report) -> str:
    chosen = report.study(report.mistakes) or next(iter(report.studies), None)
    if chosen is None:
        return '<p class="note">没有数据。No data.</p>'
    rows = "".join(_mistake(chosen, place) for place in metrics.worst(chosen.judged, MISTAKES))
    told = "按把握从高到低：越有把握的误判越严重。The surest wrong readings first."
    return f'<p class="note">{both(chosen.zh, chosen.en)}。{told}</p>{rows or "<p>没有误判。No mistakes.</p>"}'


def _mistake(one: Study, place: int) -> str:
    words = one.judged.texts[place]
    cut = words[:LONGEST] + ("…" if len(words) > LONGEST else "")
    labels = (
        f"实际 <b>{escape(one.name(one.judged.truth[place]))}</b>，识别为 <b>{escape(one.name(one.judged.found[place]))}</b>"
        f"（{one.judged.confidence[place]:.2f}）"
    )
    return f'<div class="mistake"><p class="labels">{labels}</p><p>{escape(cut)}</p></div>'


def _method(report: Report) -> str:
    about = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in report.about)
    notes = "".join(f"<li>{escape(one)}</li>" for one in report.notes)
    return f"<dl>{about}</dl><ul>{notes}</ul>"
