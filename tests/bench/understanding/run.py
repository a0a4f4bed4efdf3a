"""The whole measurement: trainings two at a time, then the clock alone; everything into one Report."""

import hashlib
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from nlu import corpus, serve, train
from nlu.evaluation import examples, metrics
from nlu.evaluation.answers import Answer
from nlu.evaluation.examples import Line
from nlu.evaluation.lab import Lab, LabError
from nlu.evaluation.results import Study
from tests.bench.servers import ROOT
from tests.bench.understanding import speed, studies, urgency
from tests.bench.understanding.speed import Pace, Throughput
from tests.bench.understanding.urgency import Decided

RIVALS = ("Rasa DIET", "Rasa LR")
TIMED, FLOOD = 1000, 4000


@dataclass(slots=True)
class Found:
    """What was measured; parts that could not be are None or empty."""

    own: list[Study] = field(default_factory=list)
    real: Study | None = None
    trained: int = 0  # real messages that `real` was trained on
    day_one: Study | None = None
    day_one_all: Study | None = None
    corrected: Study | None = None
    random: Study | None = None
    curve: list[tuple[str, int, float]] = field(default_factory=list)
    messages: list[Decided] = field(default_factory=list)
    calls: list[Decided] = field(default_factory=list)
    others: list[Decided] = field(default_factory=list)
    rivals: list[Study | None] = field(default_factory=lambda: [None, None])
    rival_paces: list[Pace | None] = field(default_factory=lambda: [None, None])
    pace: Pace | None = None
    throughputs: list[Throughput] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)  # yardsticks that could not be measured, and why


def data_file() -> Path:
    """The real messages: beside the checkout, or where EVALUATE_DATA or HUIYIN_SHARED_DATA says (the file or its folder)."""
    given = os.environ.get("EVALUATE_DATA") or os.environ.get("HUIYIN_SHARED_DATA")
    place = Path(given).expanduser() if given else ROOT.parent / "shared" / "data"
    return place / "messages.jsonl" if place.is_dir() else place


def real_messages() -> list[Line]:
    """The labelled real messages, [] where this machine has none."""
    path = data_file()
    return studies.with_ids(examples.read_lines(path)) if path.is_file() else []


@dataclass(slots=True)
class Bench:
    """One run: where to work, the shipped model, the real messages, and what is left out."""

    lab: Lab
    model: Path
    lines: list[Line]
    quick: bool = False
    found: Found = field(default_factory=Found)
    answers: dict[int, Answer] = field(default_factory=dict)
    models: dict[str, Path] = field(default_factory=dict)

    def run(self) -> Found:
        """Everything, in about a quarter of an hour on two cores."""
        with ThreadPoolExecutor(2) as pool:
            try:
                reading = pool.submit(self.shipped)
                jobs = [pool.submit(job) for job in self._jobs()]
                reading.result()
                jobs += [pool.submit(job) for job in self._after_reading()]
                for job in jobs:
                    job.result()
            except BaseException:  # the first failure ends the run: what has not begun is not begun
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        self.clock()
        return self.found

    def _jobs(self) -> list[Callable[[], None]]:
        """What can be done at once, the longest first."""
        yardsticks = [] if self.quick else [self._rival(0, "diet", studies.SHORT), self._rival(1, "logistic", studies.MIDDLE)]
        jobs: list[Callable[[], None]] = [*yardsticks, self.own]
        if self.lines:
            jobs.append(self.real)
            steps = (20, 100) if self.quick else studies.STEPS
            jobs += [self._point(each) for each in steps]
        return jobs

    def _after_reading(self) -> list[Callable[[], None]]:
        return [self.corrections, self.random_ones] if self.lines else []

    @property
    def parts(self) -> tuple[list[Line], list[Line]]:
        """Real messages to train on, and held-out raw ones; where there are none, our own sentences with their intents."""
        return examples.split_real(self.lines) if self.lines else studies.own_lines()

    @property
    def seven(self) -> frozenset[str]:
        """The subjects the real messages have."""
        return frozenset(line.label for line in self.lines)

    def shipped(self) -> None:
        """The shipped model on the urgent sets and on every real message."""
        calls, others = urgency.rows("emergencies.jsonl"), urgency.rows("not_urgent.jsonl")
        real = [{"text": line.text} for line in self.lines]
        everything = [*calls, *others, *real]
        answers = self.lab.read(self.model, [row["text"] for row in everything])
        made = urgency.decided(everything, answers)
        first, second = len(calls), len(calls) + len(others)
        self.found.calls, self.found.others, self.found.messages = made[:first], made[first:second], made[second:]
        self.answers = {line.number: answer for line, answer in zip(self.lines, answers[second:], strict=True)}
        if self.lines:
            self.found.day_one, self.found.day_one_all = studies.day_one(self.lines, self.answers)

    def own(self) -> None:
        """Our own sentences, the held-out fifth."""
        self.found.own = studies.own(self.lab)

    def real(self) -> None:
        """Trained on the real messages."""
        kept, held = self.parts
        self.found.trained = len(kept)
        self.found.real, self.models["real"] = studies.trained_on(
            self.lab, "real", "真实留言：用真实留言训练", "real messages, trained on them", kept, held
        )

    def corrections(self) -> None:
        """Our own sentences and twenty corrections of each class."""
        kept, held = self.parts
        added = studies.corrected(kept, self.answers, self.seven)
        zh, en = "首日加每类 20 条更正", "day one and 20 corrections a class"
        self.found.corrected = studies.with_corrections(self.lab, "corrected", zh, en, added, held, self.seven)

    def random_ones(self) -> None:
        """Our own sentences and twenty real ones of each class, whatever the model said of them."""
        kept, held = self.parts
        zh, en = "首日加每类 20 条随机留言", "day one and 20 random messages a class"
        self.found.random = studies.with_corrections(self.lab, "random", zh, en, studies.few(kept, 20), held, self.seven)

    def _point(self, each: int) -> Callable[[], None]:
        def job() -> None:
            kept, held = self.parts
            learn = studies.few(kept, each)
            study, _ = studies.trained_on(self.lab, f"curve-{each}", str(each), str(each), learn, held)
            self.found.curve.append((str(each), len(learn), metrics.macro_f1(study.judged.truth, study.judged.found)))

        return job

    def _rival(self, place: int, name: str, characters: int) -> Callable[[], None]:
        def job() -> None:
            kept, held = (studies.cut(lines, characters) for lines in self.parts)
            lab = Lab(self.lab.python, self.lab.folder, serve.root() / "nlu" / "yardsticks" / f"{name}.yml", self.lab.say)
            try:
                self.found.rivals[place], self.models[name] = studies.trained_on(lab, name, RIVALS[place], name, kept, held)
            except LabError as error:  # ours is measured all the same
                self.found.failed.append(f"{RIVALS[place]}：{error}")

        return job

    def clock(self) -> None:
        """Speed and memory, with nothing beside it."""
        texts = [line.text for line in self.parts[1]]
        self.found.pace = speed.pace(self.lab, self.model, _some(texts, TIMED))
        for place, name in enumerate(("diet", "logistic")):
            if name in self.models:
                characters = (studies.SHORT, studies.MIDDLE)[place]
                self.found.rival_paces[place] = speed.pace(self.lab, self.models[name], _some([text[:characters] for text in texts], 300))
        for processes in (1,) if self.quick else (1, 2):
            self.found.throughputs.append(speed.throughput(self.lab, self.model, processes, _some(texts, FLOOD)))


def _some(texts: Sequence[str], count: int) -> list[str]:
    """`count` texts, evenly out of all; repeated where there are fewer."""
    return [texts[place * len(texts) // count if len(texts) >= count else place % len(texts)] for place in range(count)]


def about(bench: Bench, place: str, begun: float) -> list[tuple[str, str]]:
    """Date, machine, model and data, for the head of the report."""
    path = data_file()
    real = f"{len(bench.lines)} 条，sha256 {hashlib.sha256(path.read_bytes()).hexdigest()[:16]}" if bench.lines else "没有 none"
    own = corpus.read()
    return [
        ("日期与机器 date and machine", place),
        ("模型 model", f"{bench.model.name}，{bench.model.stat().st_size / 1e6:.1f} MB"),
        ("流水线与数据 pipeline and data hash", train.data_hash()),
        ("自编语料 own sentences", f"{len(own)} 条，其中 {sum(bool(one.topic) for one in own)} 条有细类"),
        ("真实留言 real messages", real),
        ("用时 took", f"{(time.monotonic() - begun) / 60:.0f} 分钟 minutes"),
    ]
