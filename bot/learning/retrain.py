"""One training: export, train beside the running model, compare on the same texts, promote or say why not."""

import dataclasses
import logging
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings

from bot import clock
from bot.conflict import Conflict
from bot.learning import measuring, registry
from bot.learning.export import Lesson, lesson, write
from bot.learning.measuring import Trial
from bot.learning.models import Correction, ModelVersion, Training
from bot.learning.rasa import Process, RasaError, beside, read_all, swap
from bot.learning.training import Cancelled, Pulse, end, take
from nlu import train
from policies.facts import Understanding
from policies.learning import Figure, Rules, Worse, promotes, rules

log = logging.getLogger(__name__)
S = Training.State


class NothingNewError(Exception):
    """The corrections are those the model in use has learnt already."""


def run(training: Training, now: Callable[[], datetime] = clock.now, echo: Callable[[str], object] | None = None) -> Training:
    """Carry out a queued training to its end; the row as it is then. Never raises; nothing where another runner has it.

    `echo` hears each line of the log.
    """
    runner = take(training, now())
    if not runner:
        return Training.objects.get(pk=training.pk)
    pulse = Pulse(training, runner, now, echo=echo)
    try:
        state, fields = _steps(training, pulse, now)
    except (Cancelled, train.StoppedError):
        pulse.say("已取消，继续使用原来的模型。")
        state, fields = S.CANCELLED, {}
    except (train.TrainingError, RasaError, Conflict, NothingNewError) as error:
        pulse.say(str(error)[:500])
        state, fields = S.FAILED, {"error": str(error)[:2000]}
    except Exception as error:  # the row must not say that it runs for ever
        log.exception("training %s failed", training.pk)
        state, fields = S.FAILED, {"error": f"内部错误：{type(error).__name__}"}
    end(training, runner, state, now(), **fields)
    return Training.objects.get(pk=training.pk)


def _steps(training: Training, pulse: Pulse, now: Callable[[], datetime]) -> tuple[Training.State, dict[str, object]]:
    rule = rules()
    present = registry.active(now())
    found = _lesson(rule)
    pulse.say(f"更正：学习 {len(found.learnt)} 条，留作检验 {len(found.tested)} 条，略去 {found.left_out} 条。", step="train", percent=5)
    version = _trained(training, pulse, found, rule, now)
    if version.pk == present.pk or version.state == ModelVersion.State.RETIRED:
        raise NothingNewError("没有新的更正：这些内容已经学过。")
    pulse.say("模型已训练，开始与现用模型比较。", step="measure", percent=60)
    old, new = _compared(pulse, present, version, [*measuring.fixed(), *measuring.recent(found.tested)])
    against = promotes(old, new, rule.guards)
    _keep(version, old, new, against)
    if not present.metrics:
        ModelVersion.objects.filter(pk=present.pk).update(metrics={name: dataclasses.asdict(figure) for name, figure in old.items()})
    for worse in against:
        pulse.say(_words(worse))
    if against:
        return S.REFUSED, {"model": version, "percent": 100, "step": "done"}
    pulse()
    pulse.say("各项指标均不低于现用模型，开始换用。", step="promote", percent=95)
    registry.promote(training.asked_by, version, now())
    pulse.say("已换用新模型。", step="done", percent=100)
    return S.PROMOTED, {"model": version}


def _lesson(rule: Rules) -> Lesson:
    rows = Correction.objects.filter(current=True).select_related("message").order_by("pk")
    return lesson(rows.iterator(), rule, measuring.test_texts())


def _trained(training: Training, pulse: Pulse, found: Lesson, rule: Rules, now: Callable[[], datetime]) -> ModelVersion:
    """The candidate of the registry, trained now or known already."""
    if not settings.RASA_PYTHON.is_file():
        raise RasaError("本机没有 Rasa 环境（.venv-rasa），不能训练。")
    out = registry.folder() / registry.LEARNED
    with tempfile.TemporaryDirectory(prefix="huiyin-lesson-") as folder:
        extra = [Path(folder)] if found.learnt else []
        if extra:
            write(extra[0], found.learnt, rule.copies)
        hashed = train.data_hash(settings.ROOT, extra)
        pulse.say(f"训练 {hashed}，约需一分钟。", percent=10)
        if not found.learnt:
            kept = len(found.tested)
            raise NothingNewError(f"现有 {kept} 条更正都留作检验，再更正几条就可以训练。" if kept else "还没有可学习的更正。")
        file, fresh = train.train(settings.RASA_PYTHON, out, settings.ROOT, extra, pulse.gone)
    pulse.say("" if fresh else "这些更正已训练过，直接比较。")
    made, _ = ModelVersion.objects.update_or_create(
        file=f"{registry.LEARNED}/{file.name}",
        defaults={"corrections": len(found.learnt), "last_correction": max(one.number for one in [*found.learnt, *found.tested])},
        create_defaults={
            "base": registry.base_file(),
            "data_hash": hashed,
            "corrections": len(found.learnt),
            "last_correction": max(one.number for one in [*found.learnt, *found.tested]),
            "made_at": now(),
            "made_by": training.asked_by,
        },
    )
    return made


def _compared(pulse: Pulse, present: ModelVersion, version: ModelVersion, trials: Sequence[Trial]) -> tuple[dict[str, Figure], ...]:
    """Figures of the model in use and of the new one, on the same texts, by one Rasa beside the running ones."""
    if not registry.path_of(present).is_file():
        raise RasaError(f"现用模型的文件不存在：{present.file}")
    found = []
    with beside(settings.RASA_PYTHON, registry.path_of(present), pulse) as process:
        for name, model, percent in (("现用模型", present, 65), ("新模型", version, 80)):
            if model is version:
                swap(process, registry.path_of(version))
            pulse.say(f"{name}：识别 {len(trials)} 条检验文本。", percent=percent)
            found.append(measuring.figures(trials, _readings(process, trials, pulse, percent)))
    return tuple(found)


def _readings(process: Process, trials: Sequence[Trial], pulse: Pulse, percent: int) -> list[Understanding]:
    texts = [trial.text for trial in trials]
    return read_all(process, texts, pulse, lambda done: pulse.say(percent=percent + 14 * done // len(texts)))


def _keep(version: ModelVersion, old: dict[str, Figure], new: dict[str, Figure], against: Sequence[Worse]) -> None:
    ModelVersion.objects.filter(pk=version.pk).update(
        metrics={name: dataclasses.asdict(figure) for name, figure in new.items()},
        compared={name: dataclasses.asdict(figure) for name, figure in old.items()},
        reasons=[dataclasses.asdict(worse) for worse in against],
        state=ModelVersion.State.REFUSED if against else ModelVersion.State.CANDIDATE,
    )


def _words(worse: Worse) -> str:
    after = "未测出" if worse.new is None else f"{worse.new:.1%}"
    return f"未换用：{worse.name} 由 {worse.old:.1%} 变为 {after}，超出允许的 {worse.tolerance:.1%}。"
