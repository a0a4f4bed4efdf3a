"""Which model is in use: the registry's row, the note the launcher starts from, and the running processes, made to agree."""

import logging
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from bot.audit.actions import Fact, record
from bot.conflict import Conflict
from bot.learning.models import ModelVersion
from bot.learning.rasa import Process, RasaError, model_of, processes, swap
from nlu import serve, train

log = logging.getLogger(__name__)
S = ModelVersion.State
LEARNED = "learned"


def folder() -> Path:
    """Where the models are."""
    return Path(settings.DATA) / "models"


def path_of(version: ModelVersion) -> Path:
    """The model's file."""
    return folder() / version.file


def base_file() -> str:
    """Name of the model of the project's own data in this version."""
    return train.model_path(folder(), settings.ROOT).name


def active(now: datetime) -> ModelVersion:
    """The model in use. Where the registry knows none of this version's, that is the base model, which every start has."""
    base = base_file()
    found = ModelVersion.objects.filter(state=S.ACTIVE).first()
    return found if found is not None and found.base == base else _enter_base(base, now)


@transaction.atomic
def _enter_base(base: str, now: datetime) -> ModelVersion:
    ModelVersion.objects.filter(state=S.ACTIVE).update(state=S.RETIRED)
    made, _ = ModelVersion.objects.get_or_create(
        file=base, defaults={"base": base, "data_hash": base.partition(".")[0], "made_at": now, "made_by": "system:launch"}
    )
    ModelVersion.objects.filter(pk=made.pk).update(state=S.ACTIVE, active_since=now)
    record(now, Fact("system:learning", "model.entered", "model", base))
    made.refresh_from_db()
    return made


def promote(actor: str, version: ModelVersion, now: datetime, *, action: str = "model.promoted") -> None:
    """Have every process read with this model from now on, also after a restart. Raises Conflict, RasaError; nothing has changed then.

    Processes that are away take it when the launcher starts them again.
    """
    before = active(now)
    if not path_of(version).is_file():
        raise Conflict("模型文件已不存在，无法换用。")
    if version.base != base_file():
        raise Conflict("该模型属于另一个版本的程序，无法换用。")
    _swap_all(path_of(version), path_of(before))
    try:
        _enter(actor, version, before, now, action)
    except Exception:
        _follow(path_of(before))
        raise
    note(version)


@transaction.atomic
def _enter(actor: str, version: ModelVersion, before: ModelVersion, now: datetime, action: str) -> None:
    if not ModelVersion.objects.filter(pk=before.pk, state=S.ACTIVE).update(state=S.RETIRED):
        raise Conflict("刚刚有人换过模型，请刷新后再试。")
    fields = {"state": S.ACTIVE, "active_since": now}
    if action == "model.promoted":
        fields["before"] = before
    ModelVersion.objects.filter(pk=version.pk).update(**fields)
    record(now, Fact(actor, action, "model", version.file, detail={"before": before.file}))


def roll_back(actor: str, now: datetime, version: ModelVersion | None = None) -> ModelVersion:
    """Return to the model before the present one, or to a given one that was in use. Raises Conflict, RasaError."""
    present = active(now)
    target = version or present.before
    if target is None or target.pk == present.pk or target.state not in (S.RETIRED, S.ACTIVE):
        raise Conflict("没有可以退回的模型。")
    promote(actor, target, now, action="model.rolled_back")
    return target


def note(version: ModelVersion) -> None:
    """Write down for the launcher what is to be served."""
    serve.promote(folder(), _note_of(version))


def _note_of(version: ModelVersion) -> serve.Promoted | None:
    return serve.Promoted(version.file, version.base) if version.file != version.base else None


def _swap_all(model: Path, before: Path) -> None:
    """All processes that answer, or none of them."""
    done: list[Process] = []
    for process in processes():
        try:
            model_of(process)
        except RasaError:
            log.warning("a Rasa process is away and takes the model when it is back: %s", process.url)
            continue
        try:
            done.append(process)
            swap(process, model)
        except RasaError:
            for other in done:
                _quietly(other, before)
            raise


def _quietly(process: Process, model: Path) -> None:
    try:
        swap(process, model)
    except RasaError as error:
        log.warning("%s does not take %s: %s", process.url, model.name, error)


def _follow(model: Path) -> None:
    for process in processes():
        try:
            if model_of(process) != model.name:
                _quietly(process, model)
        except RasaError:
            continue


def reconcile(now: datetime) -> int:
    """Bring note and processes in line with the registry: what a crash in the midst of a promotion left, or a Rasa started by hand."""
    found = ModelVersion.objects.filter(state=S.ACTIVE).first()
    if found is None or found.base != base_file() or not path_of(found).is_file():
        return 0  # nothing was promoted here yet, or by an earlier version
    if serve.promoted(folder()) != _note_of(found):
        note(found)
    _follow(path_of(found))
    return 0
