"""A training: one at a time, cancelled when nobody wants it, failed when its runner dies, and never raised through."""

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.conflict import Conflict
from bot.learning import training
from bot.learning.models import Correction, ModelVersion, Training
from bot.learning.retrain import run
from bot.learning.runner import Runner
from bot.staff.models import Person
from policies.learning import rules
from tests.bot.conftest import NOW, World, later
from tests.console.town import opened

pytestmark = pytest.mark.django_db


def test_there_is_one_training_at_a_time(models: Path) -> None:
    training.ask("alice", NOW)
    with pytest.raises(Conflict, match="已有一次训练"):
        training.ask("bob", NOW)
    training.cancel("alice", Training.objects.get(), NOW)
    assert training.ask("bob", NOW).state == "queued"


def test_of_two_runners_one_gets_it(models: Path) -> None:
    row = training.ask("alice", NOW)
    assert training.take(row, NOW)
    assert not training.take(row, NOW)


def test_a_running_training_hears_that_nobody_wants_it(models: Path) -> None:
    row = training.ask("alice", NOW)
    pulse = training.Pulse(row, training.take(row, NOW), iter([NOW, later(seconds=2), later(seconds=4)]).__next__)
    assert not pulse.gone()
    training.cancel("alice", row, NOW)
    assert pulse.gone()


def test_a_training_whose_runner_died_has_failed_and_the_next_may_begin(models: Path) -> None:
    row = training.ask("alice", NOW)
    training.take(row, NOW)
    assert training.bury(NOW + training.LEASE - timedelta(seconds=1)) == 0
    assert training.bury(NOW + training.LEASE + timedelta(seconds=1)) == 1
    row.refresh_from_db()
    assert (row.state, row.error) == ("failed", "训练进程意外结束。")
    assert training.ask("bob", later(hours=1))


def test_a_runner_that_comes_back_from_the_dead_changes_nothing(models: Path) -> None:
    row = training.ask("alice", NOW)
    runner = training.take(row, NOW)
    training.bury(later(hours=1))
    with pytest.raises(training.Cancelled):
        training.renew(row, runner, later(hours=1))
    training.end(row, runner, Training.State.PROMOTED, later(hours=1))
    assert Training.objects.get().state == "failed"


def test_an_ended_training_cannot_be_cancelled(models: Path) -> None:
    row = training.ask("alice", NOW)
    training.cancel("alice", row, NOW)
    with pytest.raises(Conflict, match="已经结束"):
        training.cancel("alice", row, NOW)


def test_without_corrections_there_is_nothing_to_learn(models: Path, settings: Any) -> None:
    settings.RASA_PYTHON = Path(sys.executable)
    ended = run(training.ask("alice", NOW))
    assert (ended.state, ended.error, ended.under_way) == ("failed", "还没有可学习的更正。", False)


def test_without_rasas_environment_the_training_says_so(models: Path, settings: Any) -> None:
    settings.RASA_PYTHON = models / "nowhere"
    assert "没有 Rasa 环境" in run(training.ask("alice", NOW)).error


def corrected(world: World) -> None:
    """One correction that is learnt from, and not kept for testing as every fifth is."""
    message = opened(world).messages.get()
    Correction.objects.create(
        pk=rules().held_out * 1000 + 1,
        message=message,
        person=Person.objects.first(),
        at=NOW,
        intent="complaint",
        subject="urban_construction",
    )


def test_a_rasa_that_cannot_train_fails_the_training_with_its_words(models: Path, world: World, settings: Any, tmp_path: Path) -> None:
    corrected(world)
    settings.RASA_PYTHON = _script(tmp_path, "echo no memory left; exit 1")
    ended = run(training.ask("alice", NOW))
    assert ended.state == "failed" and "no memory left" in ended.error
    assert not ModelVersion.objects.exclude(state="active").exists()


def test_a_correction_that_is_only_tested_on_does_not_make_a_training_and_the_words_say_so(
    models: Path, world: World, settings: Any
) -> None:
    corrected(world)
    Correction.objects.update(id=rules().held_out)
    settings.RASA_PYTHON = Path(sys.executable)
    assert run(training.ask("alice", NOW)).error == "现有 1 条更正都留作检验，再更正几条就可以训练。"


def test_a_training_is_cancelled_in_the_midst(models: Path, world: World, settings: Any, tmp_path: Path) -> None:
    corrected(world)
    settings.RASA_PYTHON = _script(tmp_path, "exec sleep 60")
    row, moments = training.ask("alice", NOW), iter(range(10_000))

    def now() -> datetime:
        if next(moments) == 12:
            training.cancel("alice", row, NOW)
        return later(seconds=next(moments))

    assert run(row, now).state == "cancelled"


def _script(folder: Path, words: str) -> Path:
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{words}\n")
    path.chmod(0o700)
    return path


def test_a_training_process_that_does_not_start_fails_the_training(models: Path, settings: Any) -> None:
    settings.ROOT, settings.RASA_PYTHON = models, Path(sys.executable)  # there is no manage.py
    training.ask("alice", NOW)
    runner = Runner()
    runner.look(NOW)
    assert runner._child is not None and runner._child.wait(20)
    runner.look(NOW)
    assert Training.objects.get().error.startswith("训练进程没有启动")


def test_a_machine_without_rasa_leaves_a_training_to_one_that_has_it(models: Path, settings: Any) -> None:
    settings.RASA_PYTHON = models / "nowhere"
    training.ask("alice", NOW)
    runner = Runner()
    runner.look(later(seconds=5))
    assert runner._child is None and Training.objects.get().state == "queued"
