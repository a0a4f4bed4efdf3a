"""Models that are only files, and Rasa processes that are only pretended, for the tests of the registry."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.learning import registry
from bot.learning.models import ModelVersion
from tests.bot.conftest import NOW
from tests.nlu.fake_rasa import TOKEN, FakeRasa, running


@pytest.fixture
def models(db: None, tmp_path: Path, settings: Any) -> Path:
    """The folder of models with a base model in it."""
    settings.DATA, settings.NLU_URLS, settings.NLU_TOKEN = tmp_path, [], ""
    folder = tmp_path / "models"
    (folder / "learned").mkdir(parents=True)
    (folder / registry.base_file()).write_text("base")
    return folder


@pytest.fixture
def rasas(models: Path, settings: Any) -> Iterator[list[FakeRasa]]:
    """Two Rasa processes that serve the base model."""
    with running() as one, running() as other:
        settings.NLU_URLS, settings.NLU_TOKEN = [one.url, other.url], TOKEN
        one.model_file = other.model_file = registry.base_file()
        yield [one, other]


def candidate(models: Path, name: str = "new") -> ModelVersion:
    """A trained model that nobody uses yet."""
    (models / "learned" / f"{name}.tar.gz").write_text("model")
    fields = {"base": registry.base_file(), "data_hash": name, "made_at": NOW, "made_by": "alice"}
    return ModelVersion.objects.create(file=f"learned/{name}.tar.gz", **fields)
