"""What is trained and read for the report: each function one question, answered through Rasa's HTTP API."""

import random
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from nlu import corpus
from nlu.evaluation import examples, files
from nlu.evaluation.answers import Answer, best
from nlu.evaluation.examples import Line, Row
from nlu.evaluation.lab import Lab
from nlu.evaluation.metrics import Judged
from nlu.evaluation.results import Study
from nlu.prepare import prepare
from nlu.subjects import all_subjects, name
from policies.facts import Kind

INTENTS = {
    Kind.EMERGENCY: "紧急求助", Kind.QUESTION: "咨询", Kind.HELP: "求助", Kind.COMPLAINT: "投诉", Kind.REPORT: "举报",
    Kind.SUGGESTION: "建议", Kind.PROGRESS: "进度查询", Kind.HUMAN: "转人工", Kind.DISCLOSURE: "信息公开", Kind.LEGAL: "复议信访",
    Kind.THANKS: "感谢", Kind.CHAT: "闲聊", Kind.ABUSE: "辱骂", Kind.ADVERTISEMENT: "广告", Kind.UNCLEAR: "看不懂",
}  # fmt: skip
STEPS = (10, 20, 50, 100, 200)
CORRECTIONS = 20
SEED = 20
SHORT = 40  # characters a yardstick's text keeps: about the title, on which the published figures of DIET were measured
MIDDLE = 220


def subject_names() -> dict[str, str]:
    """Subjects and topics as the page calls them; "none" is about nothing."""
    return {"none": "无主题", **{key: one.zh for key, one in all_subjects().items()}}


def names_of(axis: str, labels: Collection[str]) -> dict[str, str]:
    """What the labels of an axis are called on the page."""
    if axis == "intent":
        return {kind.value: zh for kind, zh in INTENTS.items()}
    return subject_names() if axis == "subject" else {label: name(label) or label for label in labels}


def with_ids(lines: Sequence[Line]) -> list[Line]:
    """Real messages whose label is one of our subjects' names or ids, labelled with the id."""
    ids = {one.zh: key for key, one in all_subjects().items()} | {key: key for key in all_subjects()}
    return [Line(one.text, ids[one.label], one.number, one.raw) for one in lines if one.label in ids]


def judge(texts: Sequence[str], truth: Sequence[str], answers: Sequence[Answer], axis: str, among: Collection[str] = ()) -> Judged:
    """The answers of one axis beside the truth."""
    found = [best(answer, axis, among) for answer in answers]
    return Judged(tuple(texts), tuple(truth), tuple(label for label, _ in found), tuple(sure for _, sure in found))


def own(lab: Lab) -> list[Study]:
    """Our own sentences: trained on four fifths, the held-out fifth read on every axis."""
    kept, held = examples.split_own(corpus.read())
    answers = lab.read(lab.train(examples.rows_of_own(kept), "own"), [one.text for one in held])
    titles = (
        ("intent", "自编语料：意图", "own data: intent"),
        ("subject", "自编语料：主题", "own data: subject"),
        ("topic", "自编语料：细类", "own data: topic"),
    )
    return [_own(axis, zh, en, held, answers) for axis, zh, en in titles if any(answer and answer.get(axis) for answer in answers)]


def _own(axis: str, zh: str, en: str, held: Sequence[corpus.Example], answers: Sequence[Answer]) -> Study:
    rows = [(one.text, getattr(one, axis), answer) for one, answer in zip(held, answers, strict=True) if getattr(one, axis)]
    texts, truth, found = zip(*rows, strict=True)
    note = "自编语料的五分之四训练，其余五分之一测试。Trained on four fifths of our own sentences, tested on the rest."
    return Study(f"own_{axis}", zh, en, note, judge(texts, truth, found, axis), names_of(axis, set(truth)))


def day_one(lines: Sequence[Line], answers: Mapping[int, Answer]) -> tuple[Study, Study]:
    """The shipped model on all raw real messages: the choice among their seven subjects, and among all of ours."""
    raw = [line for line in lines if line.raw]
    seven = {line.label for line in lines}
    texts, truth = [line.text for line in raw], [line.label for line in raw]
    found = [answers[line.number] for line in raw]
    note = "只用自编语料训练，读从未见过的真实留言。Trained on our own sentences only, on real messages it never saw."
    among = Study(
        "day_one", "真实留言：首日", "real messages: day one", note, judge(texts, truth, found, "subject", seven), subject_names()
    )
    free = Study(
        "day_one_all", "真实留言：首日，全部主题", "day one, all subjects", note, judge(texts, truth, found, "subject"), subject_names()
    )
    return among, free


def trained_on(lab: Lab, key: str, zh: str, en: str, learn: Sequence[Line], held: Sequence[Line]) -> tuple[Study, Path]:
    """The same as `make evaluate-files` does, with its model for timing."""
    result = files.measure(learn, held, lab, name=key)
    judged = Judged(
        tuple(row["text"] for row in result["predictions"]),
        tuple(row["label"] for row in result["predictions"]),
        tuple(row["predicted"] for row in result["predictions"]),
        tuple(row["confidence"] for row in result["predictions"]),
    )
    note = f"用 {len(learn)} 条真实留言训练，读留出的原文。Trained on real messages, tested on the held-out raw ones."
    return Study(key, zh, en, note, judged, subject_names()), lab.folder / key / f"{key}.tar.gz"


def own_lines() -> tuple[list[Line], list[Line]]:
    """Our own sentences labelled with their intent, as two labelled files would have them: four fifths, and the held-out fifth."""
    kept, held = examples.split_own(corpus.read())
    return [Line(one.text, one.intent, 0) for one in kept], [Line(one.text, one.intent, 0) for one in held]


def cut(lines: Sequence[Line], characters: int) -> list[Line]:
    """The beginnings of the texts."""
    return [Line(prepare(line.text)[:characters], line.label, line.number, line.raw) for line in lines]


def few(lines: Sequence[Line], each: int, seed: int = SEED) -> list[Line]:
    """`each` texts of every label, chosen by the seed."""
    groups: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        groups[line.label].append(line)
    shuffled = random.Random(seed)
    return [line for label in sorted(groups) for line in shuffled.sample(groups[label], min(each, len(groups[label])))]


def corrected(kept: Sequence[Line], answers: Mapping[int, Answer], seven: Collection[str]) -> list[Line]:
    """Twenty texts of every class that the shipped model read wrongly: what staff would correct first."""
    wrong = [line for line in kept if best(answers[line.number], "subject", seven)[0] != line.label]
    return few(wrong, CORRECTIONS)


def with_corrections(
    lab: Lab, key: str, zh: str, en: str, added: Sequence[Line], held: Sequence[Line], answer_among: Collection[str]
) -> Study:
    """Our own sentences and these few real ones, read on the held-out raw messages."""
    rows = [*examples.rows_of_own(corpus.read()), *(Row(prepare(line.text), {"subject": line.label}) for line in added)]
    answers = lab.read(lab.train(rows, key), [line.text for line in held])
    judged = judge([line.text for line in held], [line.label for line in held], answers, "subject", answer_among)
    return Study(
        key, zh, en, f"自编语料加 {len(added)} 条真实留言。Our own sentences and {len(added)} real messages.", judged, subject_names()
    )
