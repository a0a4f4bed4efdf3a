"""`make evaluate-files` from end to end, through the real Rasa, with files as hostile as they come."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".venv-rasa" / "bin" / "python"
pytestmark = [
    pytest.mark.skipif(not PYTHON.is_file(), reason="Rasa's environment .venv-rasa is not here: `make run` makes it"),
    pytest.mark.timeout(300),
]
TRAIN = [
    ("_x000D_ [电梯](坏了){a}没人\n修\r\n", "投诉/乙\n丙"),
    ("电梯停了半个月，物业不修", "投诉/乙\n丙"),
    ("路灯不亮，电梯也坏", "投诉/乙\n丙"),
    ("请问居住证怎么办", "intent: 咨询"),
    ("/办证要什么材料" + "请问" * 3000, "intent: 咨询"),
    ("办理居住证在哪个窗口", "intent: 咨询"),
    ("谢谢你们😀", 7),
    ("", 7),
]
TEST = [*TRAIN, ("\ud800电梯", "只在测试里"), ("🙃", "只在测试里"), ("甲" * 20_000, 7)]
FIGURES = {"macro_f1", "accuracy", "ece", "p50_ms", "p99_ms", "model_mb", "rss_mb"}


def written(path: Path, rows: list[tuple[str, Any]]) -> Path:
    path.write_text("".join(json.dumps({"text": text, "label": label, "more": [1]}) + "\n" for text, label in rows), "utf-8")
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path, str]:
    folder = tmp_path_factory.mktemp("evaluate files")
    (folder / "tmp").mkdir()
    places = [written(folder / "train.jsonl", TRAIN), written(folder / "test.jsonl", TEST), folder / "out.json"]
    argv = [str(PYTHON), "-m", "nlu.evaluation", *map(str, places)]
    env = {**os.environ, "TMPDIR": str(folder / "tmp")}
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(places[2].read_text("utf-8")), folder, done.stderr


def test_every_figure_is_measured(run: tuple[dict[str, Any], Path, str]) -> None:
    result = run[0]
    assert set(result) > FIGURES and all(result[name] > 0 for name in FIGURES)
    assert 0.5 < result["accuracy"] <= 1 and result["p50_ms"] <= result["p99_ms"] and result["rss_mb"] > 100


def test_every_text_has_its_prediction_among_the_labels_trained_on(run: tuple[dict[str, Any], Path, str]) -> None:
    predictions = run[0]["predictions"]
    assert [(row["index"], row["text"], row["label"]) for row in predictions] == [
        (place, text, str(label)) for place, (text, label) in enumerate(TEST)
    ]
    assert {row["predicted"] for row in predictions} == {str(label) for _, label in TRAIN}
    assert all(row["ranking"][0] == {"label": row["predicted"], "confidence": row["confidence"]} for row in predictions)


def test_the_labels_are_learnt(run: tuple[dict[str, Any], Path, str]) -> None:
    first = run[0]["predictions"][:7]
    assert [row["predicted"] for row in first] == [str(label) for _, label in TRAIN[:7]]
    assert run[0]["unseen_labels"] == ["只在测试里"]


def test_what_was_shortened_or_empty_is_said(run: tuple[dict[str, Any], Path, str]) -> None:
    assert run[0]["changed"]["train"] == {"altered": 2, "shortened": 1, "empty": 1}
    assert run[0]["changed"]["unread"] == 1 and "measuring 11 texts" in run[2]


def test_no_text_is_left_behind(run: tuple[dict[str, Any], Path, str]) -> None:
    assert list((run[1] / "tmp").iterdir()) == []
    assert sorted(path.name for path in run[1].iterdir()) == ["out.json", "test.jsonl", "tmp", "train.jsonl"]
