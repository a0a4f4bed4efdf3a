"""The real Rasa: trained on our data, served, and asked through the client. Needs Rasa's environment (.venv-rasa)."""

import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from nlu.client import Rasa
from policies.facts import Kind
from tests.nlu.test_hostile import FOREIGN, HOSTILE, SAYS_NOTHING, judged, sane
from tests.nlu.trained import RASA_PYTHON, serving, trained_model

pytestmark = [
    pytest.mark.skipif(not RASA_PYTHON.is_file(), reason="Rasa's environment .venv-rasa is not here: `make run` makes it"),
    pytest.mark.timeout(300),
]


@pytest.fixture(scope="module")
def model() -> Path:
    return trained_model()


@pytest.fixture(scope="module")
def rasa(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rasa]:
    with serving(model, tmp_path_factory.mktemp("rasa")) as client:
        yield client


CASES = [
    ("二楼着火了好多烟快来救人", "emergency", None),
    ("请帮我转人工客服", "human", None),
    ("请问公租房申请要什么条件", "question", "urban_construction"),
    ("工厂晚上偷偷排放污水，河里都发臭了，没人管", "complaint", "environment"),
    ("老板拖欠农民工工资不给", "complaint", "labour"),
    ("谢谢你们帮忙解决", "thanks", ""),
]


@pytest.mark.parametrize(("text", "intent", "subject"), CASES)
def test_rasa_reads_both_axes(rasa: Rasa, text: str, intent: str, subject: str | None) -> None:
    found = rasa.understand([text])[0]
    assert (found.source, found.intent) == ("rasa", intent), found
    assert subject is None or found.subject == subject
    assert found.model


def test_rasa_survives_hostile_texts(rasa: Rasa) -> None:
    found = rasa.understand(list(HOSTILE.values()), limit=60)
    assert all(sane(one) for one in found)
    assert {one.note for one in found} <= {"", "没有可识别的文字"}


# Whatever stands around it, these say thanks or hello and nothing else; a person confirms them as such.
GREETS_OR_THANKS = {"YAML", "one character", "external message", "intent spelled out", "_x000D_", "look-alike letters"}


def test_no_hostile_text_is_dismissed_because_rasa_was_sure(rasa: Rasa) -> None:
    found = zip(HOSTILE, rasa.understand(list(HOSTILE.values()), limit=60), strict=True)
    assert {name for name, reading in found if not judged(name, reading).makes_ticket} <= SAYS_NOTHING | GREETS_OR_THANKS


def test_scripts_rasa_never_learned_are_left_to_a_person(rasa: Rasa) -> None:
    found = zip(FOREIGN, rasa.understand([HOSTILE[name] for name in FOREIGN], limit=20), strict=True)
    assert {judged(name, reading).kind for name, reading in found} <= {Kind.UNCLEAR, Kind.EMERGENCY}


def test_a_danger_beside_another_request_is_told_with_its_probability(rasa: Rasa) -> None:
    calm, cry = rasa.understand(["请问公租房申请要什么条件", "孩子掉井里了快来人啊"], limit=20)
    assert calm.emergency < 0.02 < 0.5 < cry.emergency


def test_a_leading_slash_does_not_choose_the_intent(rasa: Rasa) -> None:
    found = rasa.understand(["/thanks", "／advertisement 我们小区停水三天了没人管"], limit=20)
    assert all(one.intent_confidence < 1 for one in found)
    assert found[1].intent not in {"advertisement", "thanks"}


def test_the_same_text_is_read_the_same_way_twice(rasa: Rasa) -> None:
    first, second = rasa.understand(["小区电梯坏了半个月物业不修"] * 2)
    assert first == second


def test_the_model_holds_nothing_that_can_run(model: Path) -> None:
    with tarfile.open(model) as archive:
        names = [member.name for member in archive.getmembers() if member.isfile()]
    assert {Path(name).suffix for name in names} <= {".json", ".npz"}
    assert model.stat().st_size < 20_000_000
