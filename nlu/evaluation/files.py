"""The pipeline on any two labelled files: train on one, measure on the other, write every figure and every prediction."""

import itertools
import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlu import train
from nlu.evaluation import metrics
from nlu.evaluation.answers import Answer, ranking
from nlu.evaluation.examples import BadInput, Labels, Line, changed, read_lines, rows_of
from nlu.evaluation.lab import Lab, LabError, Server
from nlu.prepare import prepare

AXIS = "intent"  # Rasa's own axis; the pipeline's other classifiers find nothing to learn and stay silent
TIMED = 300  # at least so many requests are timed: a 99th percentile of ten says nothing
SHOWN = 5  # labels told for each text


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in one text: the likeliest labels of the file with their probability, best first. `asked`: by Rasa."""

    ranking: tuple[tuple[str, float], ...]
    asked: bool


def inputs(training: Path, test: Path, out: Path) -> tuple[list[Line], list[Line]]:
    """Both files' lines. Raises BadInput before anything slow is begun."""
    for name, path in (("TRAIN", training), ("TEST", test), ("OUT", out)):
        if str(path) in ("", "."):
            raise BadInput(f"缺少 {name} · {name} is missing: make evaluate-files TRAIN=a.jsonl TEST=b.jsonl OUT=c.json")
    learn, judge = read_lines(training), read_lines(test)
    readable = {line.label for line in learn if prepare(line.text)}
    if len(readable) < 2:
        raise BadInput(
            f"训练文件里只有 {len(readable)} 个有文字的类别，至少要两个：{training} · the training file needs at least two labels with text"
        )
    _writable(out, (training, test))
    return learn, judge


def _writable(out: Path, sources: Sequence[Path]) -> None:
    if out.is_dir():
        raise BadInput(f"OUT 是文件夹：{out} · OUT is a folder")
    if any(out.resolve() == source.resolve() for source in sources):
        raise BadInput(f"OUT 会覆盖输入文件：{out} · OUT would overwrite a file that is read")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out.parent):
            pass
    except OSError as error:
        raise BadInput(f"不能写入 {out}（{error.strerror}） · cannot write there") from None


def measure(learn: Sequence[Line], judge: Sequence[Line], lab: Lab, axis: str = AXIS, name: str = "files") -> dict[str, Any]:
    """Train the model `name` on `learn`, ask about `judge` over HTTP. Raises LabError. MB are millions of bytes, ms milliseconds."""
    labels = Labels.of(line.label for line in learn if prepare(line.text))
    begun = time.monotonic()
    model = lab.train(rows_of([line for line in learn if prepare(line.text)], labels, axis), name)
    trained = time.monotonic() - begun
    with lab.serving(model) as server:
        lab.say(f"逐条测量 {len(judge)} 条 · measuring {len(judge)} texts one by one")
        answers, times = _asked(server, judge, lab)
        memory = server.memory()
    readings = _readings(judge, answers, labels, axis, _usual(learn))
    judged = judged_of(judge, readings)
    return {
        **metrics.summary(judged),
        "p50_ms": round(metrics.percentile(times, 0.5), 2),
        "p99_ms": round(metrics.percentile(times, 0.99), 2),
        "model_mb": round(model.stat().st_size / 1e6, 3),
        "rss_mb": round(memory / 1e6, 1),
        "train_seconds": round(trained, 1),
        "train_texts": len(learn),
        "labels": list(labels.all),
        "unseen_labels": sorted({line.label for line in judge} - set(labels.all)),
        "axis": axis,
        "pipeline": train.data_hash(),
        "changed": {"train": changed(learn), "test": changed(judge), "unread": sum(not one.asked for one in readings)},
        "per_class": [_class(one) for one in metrics.per_class(judged.truth, judged.found)],
        "predictions": [_prediction(place, line, reading) for place, (line, reading) in enumerate(zip(judge, readings, strict=True))],
    }


def judged_of(judge: Sequence[Line], readings: Sequence[Reading]) -> metrics.Judged:
    """The best label of every reading beside the true one."""
    return metrics.Judged(
        tuple(line.text for line in judge),
        tuple(line.label for line in judge),
        tuple(reading.ranking[0][0] for reading in readings),
        tuple(reading.ranking[0][1] for reading in readings),
    )


def _asked(server: Server, judge: Sequence[Line], lab: Lab) -> tuple[list[Answer], list[float]]:
    """Every answer, and the times; where there are few texts they are asked again until there are enough times."""
    texts = [line.text for line in judge]
    connection = server.connection()
    answers: list[Answer] = []
    times: list[float] = []
    for answer, took in connection.read(texts, lab.say):
        answers.append(answer)
        times += [took] if took else []
    readable = [text for text in texts if prepare(text)]
    if readable:
        again = list(itertools.islice(itertools.cycle(readable), max(0, TIMED - len(times))))
        times += [took for _, took in connection.read(again)]
    connection.close()
    return answers, times


def _usual(learn: Sequence[Line]) -> tuple[str, float]:
    """The commonest label and its share: all that can be said about a text in which there is nothing to read."""
    counts = Counter(line.label for line in learn if prepare(line.text))
    label, count = min(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return label, count / counts.total()


def _readings(judge: Sequence[Line], answers: Sequence[Answer], labels: Labels, axis: str, usual: tuple[str, float]) -> list[Reading]:
    """One for each text. Raises LabError where the pipeline said nothing at all on this axis."""
    found = [ranking_of(one, labels, axis) for one in answers]
    if any(prepare(line.text) for line in judge) and not any(found):
        raise LabError(f"流水线没有给出“{axis}”轴的结果 · the pipeline says nothing on the axis {axis}")
    return [Reading(one or (usual,), bool(one)) for one in found]


def ranking_of(answer: Answer, labels: Labels, axis: str) -> tuple[tuple[str, float], ...]:
    """The file's own labels in Rasa's answer with their probability (0..1), best first, five at most; () where it has none."""
    found = [(labels.label(code), sure) for code, sure in ranking(answer, axis)]
    ours = tuple((label, sure) for label, sure in found if label is not None)
    return ours[:SHOWN] if found and found[0][0] is not None else ()


def _prediction(place: int, line: Line, reading: Reading) -> dict[str, Any]:
    label, confidence = reading.ranking[0]
    return {
        "index": place,
        "text": line.text,
        "label": line.label,
        "predicted": label,
        "confidence": round(confidence, 6),
        "ranking": [{"label": name, "confidence": round(value, 6)} for name, value in reading.ranking],
    }


def _class(one: metrics.OfClass) -> dict[str, Any]:
    return {
        "label": one.label,
        "precision": round(one.precision, 4),
        "recall": round(one.recall, 4),
        "f1": round(one.f1, 4),
        "texts": one.texts,
    }


def write(result: dict[str, Any], out: Path) -> None:
    """Write JSON, whole or not at all; a label with half a character keeps its escape."""
    try:
        content = json.dumps(result, ensure_ascii=False, indent=1).encode()
    except UnicodeEncodeError:
        content = json.dumps(result, indent=1).encode()
    if out.exists() and not out.is_file():  # a pipe or the terminal
        out.write_bytes(content)
        return
    half = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        half.write_bytes(content)
        half.replace(out)
    finally:
        half.unlink(missing_ok=True)
