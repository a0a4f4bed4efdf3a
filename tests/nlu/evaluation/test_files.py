"""`make evaluate-files`: refusals before anything slow, readings out of Rasa's answers, and the file that is written."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nlu.evaluation import files
from nlu.evaluation.examples import BadInput, Labels, Line
from nlu.evaluation.files import Reading

LABELS = Labels(("咨询", "投诉"))
ANSWER = {
    "intent": {"name": "label00001", "confidence": 0.8},
    "intent_ranking": [
        {"name": "label00001", "confidence": 0.8},
        {"name": "label00000", "confidence": 0.2},
        {"name": "label00007", "confidence": 0.0},
    ],
}


ROOT = Path(__file__).parents[3]


def given(folder: Path, rows: list[tuple[str, str]], name: str = "train.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in rows), "utf-8")
    return path


def test_one_label_with_text_is_not_enough(tmp_path: Path) -> None:
    path = given(tmp_path, [("电梯坏了", "投诉"), ("\u200b", "咨询")])
    with pytest.raises(BadInput, match="至少要两个"):
        files.inputs(path, path, tmp_path / "out.json")


def test_out_may_not_be_a_source_or_a_folder(tmp_path: Path) -> None:
    path = given(tmp_path, [("电梯坏了", "投诉"), ("怎么办证", "咨询")])
    for out, said in ((path, "会覆盖"), (tmp_path, "是文件夹"), (Path(), "缺少 OUT"), (path / "x.json", "不能写入")):
        with pytest.raises(BadInput, match=said):
            files.inputs(path, path, out)


def test_the_folder_of_out_is_made(tmp_path: Path) -> None:
    path = given(tmp_path, [("电梯坏了", "投诉"), ("怎么办证", "咨询")])
    learn, judge = files.inputs(path, path, tmp_path / "new" / "out.json")
    assert len(learn) == len(judge) == 2 and (tmp_path / "new").is_dir()


def test_the_ranking_carries_the_files_own_labels() -> None:
    assert files.ranking_of(ANSWER, LABELS, "intent") == (("投诉", 0.8), ("咨询", 0.2))


@pytest.mark.parametrize(
    "answer", [None, {}, {"intent": None}, {"intent": {"name": None}}, {"intent": {"name": "label9"}}, {"intent": "x"}]
)
def test_an_answer_without_a_label_of_ours_is_none(answer: dict[str, object] | None) -> None:
    assert files.ranking_of(answer, LABELS, "intent") == ()


def test_every_text_is_judged_by_its_likeliest_label() -> None:
    lines = [Line("甲", "投诉", 1), Line("乙", "咨询", 2)]
    judged = files.judged_of(lines, [Reading((("投诉", 0.9), ("咨询", 0.1)), True), Reading((("投诉", 0.6),), False)])
    assert judged.right == [True, False] and judged.confidence == (0.9, 0.6)


def test_a_label_with_half_a_character_can_be_written(tmp_path: Path) -> None:
    files.write({"label": "\ud800甲"}, tmp_path / "out.json")
    assert json.loads((tmp_path / "out.json").read_text("utf-8")) == {"label": "\ud800甲"}
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]


@pytest.mark.parametrize("missing", ["TRAIN", "TEST", "OUT"])
def test_make_says_which_file_is_missing_before_it_sets_anything_up(tmp_path: Path, missing: str) -> None:
    names = {name: str(tmp_path / name) for name in ("TRAIN", "TEST", "OUT") if name != missing}
    env = {**{key: value for key, value in os.environ.items() if key not in ("TRAIN", "TEST", "OUT")}, **names}
    argv = [sys.executable, "-m", "bot.launch", "evaluate-files"]
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1 and f"缺少 {missing}" in done.stdout and "环境" not in done.stdout
