"""The parts of the pipeline without Rasa around them. They need NumPy and scikit-learn, so they run in Rasa's environment."""

import subprocess
from pathlib import Path

import pytest

from nlu import serve

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-rasa" / "bin" / "python"
pytestmark = pytest.mark.skipif(not PYTHON.is_file(), reason="Rasa's environment .venv-rasa is not here: `make run` makes it")
HEAD = """
import sys
from pathlib import Path
import numpy as np
from scipy.sparse import vstack
from nlu.components.linear import LinearModel
from nlu.components.vectorizer import Vectorizer, normalise
TEXTS = ["医院 看病 太贵", "医院 挂号 太难", "医生 态度 不好", "公交 不来", "公交 车 太少", "出租车 拒载"] * 2
NAMES = ["health"] * 3 + ["transport"] * 3
NAMES = NAMES * 2
tokens = [text.split() for text in TEXTS]
vectorizer = Vectorizer()
vectorizer.fit(TEXTS, tokens)
rows = vstack([vectorizer.row(text, own) for text, own in zip(TEXTS, tokens)]).tocsr()
folder = Path(sys.argv[1])
"""


def run(folder: Path, body: str) -> None:
    done = subprocess.run(
        [PYTHON, "-c", HEAD + body, str(folder)], env=serve.environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_each_block_of_a_row_has_unit_length_and_an_unknown_text_none(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
row = vectorizer.row("医院 公交", ["医院", "公交"]).toarray()[0]
for known in vectorizer.vocabulary:
    assert abs(np.linalg.norm(row[list(known.values())]) - 1) < 1e-5
assert vectorizer.row("zzz", ["zzz"]).nnz == 0 and vectorizer.row("", []).nnz == 0
""",
    )


def test_width_case_digits_and_spaces_make_no_difference(tmp_path: Path) -> None:
    run(tmp_path, 'assert normalise("ＡＰＰ ２０２４ 年\\u200b\\n", 99) == normalise("app1999年", 99) == "app0000年"')


def test_what_is_saved_reads_the_same(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
model = LinearModel(); model.fit(rows, NAMES)
vectorizer.save(folder); model.save(folder)
again, other = Vectorizer.load(folder), LinearModel.load(folder)
row = again.row("医院 太远", ["医院", "太远"])
assert (row != vectorizer.row("医院 太远", ["医院", "太远"])).nnz == 0
assert np.array_equal(other.probabilities(row), model.probabilities(row))
assert {path.suffix for path in folder.iterdir()} == {".json", ".npz"}
""",
    )


def test_probabilities_sum_to_one_and_the_same_data_give_the_same_model(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
one, two = LinearModel(), LinearModel()
one.fit(rows, NAMES); two.fit(rows, NAMES)
found = np.array([one.probabilities(row) for row in rows])
assert np.allclose(found.sum(axis=1), 1) and np.array_equal(found, [two.probabilities(row) for row in rows])
assert [one.labels[place] for place in found.argmax(axis=1)] == NAMES
""",
    )


def test_one_example_of_a_label_is_enough_to_train(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
model = LinearModel(); model.fit(rows[[0, 3]], ["health", "transport"])
assert model.labels[int(model.probabilities(rows[4]).argmax())] == "transport"
""",
    )


def test_a_weight_of_one_byte_is_nearly_the_weight(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
from nlu.components.linear import packed, unpacked
weights = np.random.default_rng(1).normal(0, 0.2, (500, 7)) ** 3
again = unpacked(*packed(weights))
assert np.abs(again - weights).max() <= 0.009 * np.abs(weights).max()
small = np.abs(weights) < 0.01 * np.abs(weights).max()
assert np.abs(again - weights)[small].max() <= 0.0012 * np.abs(weights).max()
""",
    )


def test_only_the_first_characters_are_the_opening(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
short = Vectorizer(opening=2)
short.fit(TEXTS, tokens)
chars, words, opening = short.vocabulary
assert "医院" in opening and "看病" in chars and "看病" not in opening
none = Vectorizer(opening=0)
none.fit(TEXTS, tokens)
assert none.vocabulary[2] == {}
""",
    )


def test_among_many_texts_long_pieces_that_occur_once_are_left_out(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
many = Vectorizer()
many.fit([*TEXTS * 500, "鸬鹚捕鱼"], [*tokens * 500, ["鸬鹚", "捕鱼"]])
chars, words, opening = many.vocabulary
assert "鸬鹚" in chars and "捕鱼" in words and "医院看" in chars and "鸬鹚捕" not in chars and "鸬鹚 捕鱼" not in words
""",
    )


def test_topics_known_from_other_sentences_speak_for_a_text(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
from nlu.components.affinity import Affinity
from nlu.components.vectorizer import unit
near = Affinity()
near.fit(rows, NAMES)
scores = np.array([near.scores(unit(row)) for row in rows])
near.scale(scores)
assert [near.topics[place] for place in scores.argmax(axis=1)] == NAMES
near.save(folder)
again = Affinity.load(folder)
assert np.allclose(again.block(again.scores(unit(rows[0]))), near.block(scores[0]), atol=1e-4)
assert {path.suffix for path in folder.iterdir()} == {".json", ".npz"}
""",
    )


def test_a_text_of_unknown_signs_is_near_no_topic(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
from nlu.components.affinity import Affinity
from nlu.components.vectorizer import unit
near = Affinity(); near.fit(rows, NAMES)
assert np.isfinite(near.scores(unit(vectorizer.row("zzz", ["zzz"])))).all()
""",
    )


def test_dense_vectors_of_a_language_model_stand_beside_our_features(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
from nlu.components.classifier import _row
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
message = Message({"text": "医院"})
message.add_features(Features(rows[0], "sentence", "text", "ours"))
message.add_features(Features(np.array([[3.0, 4.0]]), "sentence", "text", "bert"))
message.add_features(Features(np.ones((2, 2)), "sequence", "text", "bert"))
row = _row(message).toarray()[0]
assert row.shape == (rows.shape[1] + 2,) and np.allclose(row[-2:], [0.6, 0.8]) and np.allclose(row[:-2], rows[0].toarray())
""",
    )
