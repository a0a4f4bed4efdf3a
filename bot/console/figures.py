"""Models and trainings as the page shows them: figures with names, in the order people ask for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from bot.console.words import Words
from bot.learning import registry
from bot.learning.models import ModelVersion, Training
from policies.learning import rules

FIGURES: Mapping[str, Words] = {
    "intent": _("类别（宏平均 F1）"),
    "subject": _("主题（宏平均 F1）"),
    "emergencies": _("紧急求助识别率"),
    "false_alarms": _("误报紧急"),
    "dismissed": _("误判为非诉求"),
    "recent_intent": _("最近的更正：类别"),
    "recent_subject": _("最近的更正：主题"),
}
STATES: Mapping[str, Words] = {
    ModelVersion.State.CANDIDATE: _("候选"),
    ModelVersion.State.ACTIVE: _("使用中"),
    ModelVersion.State.RETIRED: _("曾使用"),
    ModelVersion.State.REFUSED: _("未采用"),
}
ENDS: Mapping[str, Words] = {
    Training.State.QUEUED: _("等待开始"),
    Training.State.RUNNING: _("进行中"),
    Training.State.PROMOTED: _("已换用新模型"),
    Training.State.REFUSED: _("未换用：有指标变差"),
    Training.State.FAILED: _("失败"),
    Training.State.CANCELLED: _("已取消"),
}
STEPS: tuple[tuple[str, Words], ...] = (("export", _("导出更正")), ("train", _("训练")), ("measure", _("比较")), ("promote", _("换用")))


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of the new model beside the one it was compared with."""

    name: Words
    new: str
    old: str
    of: int
    worse: bool
    lower_is_better: bool


@dataclass(frozen=True, slots=True)
class Version:
    """A model, its figures, and whether one can return to it."""

    row: ModelVersion
    state: Words
    name: str
    figures: tuple[Row, ...]
    returns: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """A training."""

    row: Training
    state: Words
    steps: tuple[tuple[Words, str], ...]  # each step: done, now or later
    lines: tuple[tuple[datetime | None, str], ...]


def of_version(row: ModelVersion, base: str) -> Version:
    """A model for the page; `base`: the base model of this version of the program."""
    worse = {reason["name"] for reason in row.reasons}
    guards = rules().guards
    shown = tuple(
        Row(
            words,
            _share(row.metrics[key]),
            _share(row.compared.get(key)),
            row.metrics[key]["of"],
            key in worse,
            guards[key].better == "lower",
        )
        for key, words in FIGURES.items()
        if key in row.metrics
    )
    returns = row.state == ModelVersion.State.RETIRED and row.base == base and registry.path_of(row).is_file()
    return Version(row, STATES[row.state], row.file.rpartition("/")[2].partition(".")[0], shown, returns)


def _share(figure: Mapping[str, Any] | None) -> str:
    return f"{figure['value']:.1%}" if figure else "–"


def of_training(row: Training | None) -> Progress | None:
    """A training for the page, or None."""
    if row is None:
        return None
    names = [name for name, _words in STEPS]
    place = names.index(row.step) if row.step in names else (len(names) if row.step == "done" else -1)
    steps = tuple((words, "done" if at < place else "now" if at == place else "later") for at, (_name, words) in enumerate(STEPS))
    return Progress(row, ENDS[row.state], steps, tuple((parse_datetime(at), words) for at, words in row.log))
