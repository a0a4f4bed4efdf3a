"""Promotion and return: the registry, the launcher's note and every Rasa process agree, or nothing has changed."""

from pathlib import Path
from typing import Any

import pytest

from bot.audit.models import Entry
from bot.conflict import Conflict
from bot.learning import registry
from bot.learning.models import ModelVersion
from bot.learning.rasa import RasaError
from nlu import serve
from tests.bot.conftest import NOW, later
from tests.bot.learning.conftest import candidate
from tests.nlu.fake_rasa import FakeRasa

pytestmark = pytest.mark.django_db


def served(rasas: list[FakeRasa]) -> set[str]:
    return {one.model_file for one in rasas}


def test_at_first_the_base_model_is_in_use(models: Path) -> None:
    assert registry.active(NOW).file == registry.base_file()
    assert registry.active(NOW) == registry.active(later(hours=1))
    assert Entry.objects.filter(action="model.entered").count() == 1


def test_a_promoted_model_is_served_by_every_process_and_noted_for_the_launcher(models: Path, rasas: list[FakeRasa]) -> None:
    new = candidate(models)
    registry.promote("alice", new, NOW)
    assert served(rasas) == {"new.tar.gz"}
    assert registry.active(NOW) == new
    assert serve.promoted(models) == serve.Promoted("learned/new.tar.gz", registry.base_file())
    assert rasas[0].seen == rasas[1].seen == ["请问社保卡丢了怎么补办"], "warm before traffic"


def test_one_step_back_leads_to_the_model_before(models: Path, rasas: list[FakeRasa]) -> None:
    registry.promote("alice", candidate(models), NOW)
    registry.promote("alice", candidate(models, "newer"), later(hours=1))
    registry.roll_back("bob", later(hours=2))
    assert served(rasas) == {"new.tar.gz"}
    registry.roll_back("bob", later(hours=3))
    assert served(rasas) == {registry.base_file()} and serve.promoted(models) is None
    with pytest.raises(Conflict, match="没有可以退回"):
        registry.roll_back("bob", later(hours=4))


@pytest.mark.parametrize("puts", ["error", "another"])
def test_where_one_process_does_not_take_it_nothing_has_changed(models: Path, rasas: list[FakeRasa], puts: str) -> None:
    rasas[1].puts = puts
    new = candidate(models)
    with pytest.raises(RasaError):
        registry.promote("alice", new, NOW)
    assert rasas[0].model_file == registry.base_file()
    assert registry.active(NOW).file == registry.base_file() and serve.promoted(models) is None


def test_a_process_that_is_away_takes_it_when_it_is_back(models: Path, rasas: list[FakeRasa], settings: Any) -> None:
    away, settings.NLU_URLS = settings.NLU_URLS[1], [settings.NLU_URLS[0], "http://127.0.0.1:9"]
    new = candidate(models)
    registry.promote("alice", new, NOW)
    assert registry.active(NOW) == new and rasas[1].model_file == registry.base_file()
    settings.NLU_URLS = [settings.NLU_URLS[0], away]
    registry.reconcile(NOW)
    assert served(rasas) == {"new.tar.gz"}


def test_what_a_crash_in_the_midst_left_is_put_right(models: Path, rasas: list[FakeRasa]) -> None:
    registry.promote("alice", candidate(models), NOW)
    serve.promote(models, None)
    rasas[0].model_file = registry.base_file()
    registry.reconcile(NOW)
    assert served(rasas) == {"new.tar.gz"} and serve.promoted(models) is not None


def test_a_model_whose_file_is_gone_is_not_promoted(models: Path, rasas: list[FakeRasa]) -> None:
    new = candidate(models)
    registry.path_of(new).unlink()
    with pytest.raises(Conflict, match="文件已不存在"):
        registry.promote("alice", new, NOW)
    assert registry.active(NOW).file == registry.base_file()


def test_a_model_of_another_version_is_not_promoted_and_gives_way_to_the_new_base(models: Path, rasas: list[FakeRasa]) -> None:
    old = candidate(models)
    ModelVersion.objects.filter(pk=old.pk).update(base="earlier.tar.gz", state="active")
    old.refresh_from_db()
    assert registry.active(NOW).file == registry.base_file()
    with pytest.raises(Conflict, match="另一个版本"):
        registry.promote("alice", old, NOW)


def test_a_refused_model_is_nowhere_to_return_to(models: Path, rasas: list[FakeRasa]) -> None:
    bad = candidate(models)
    ModelVersion.objects.filter(pk=bad.pk).update(state="refused")
    bad.refresh_from_db()
    with pytest.raises(Conflict):
        registry.roll_back("alice", NOW, bad)


def test_every_change_of_the_model_is_on_record(models: Path, rasas: list[FakeRasa]) -> None:
    registry.promote("alice", candidate(models), NOW)
    registry.roll_back("bob", later(hours=1))
    said = Entry.objects.filter(object_type="model").order_by("pk").values_list("actor", "action")
    assert list(said) == [("system:learning", "model.entered"), ("alice", "model.promoted"), ("bob", "model.rolled_back")]
