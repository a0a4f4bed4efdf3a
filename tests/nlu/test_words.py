"""Our own words for jieba: many, each once, each with the frequency that makes reading them quick."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from nlu import serve

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-rasa" / "bin" / "python"
LINES = [line for line in (ROOT / "nlu" / "components" / "words.txt").read_text("utf-8").splitlines() if line]
SCRIPT = """
import json
from nlu.components.tokenizer import OWN_WORDS, Word, reader
from rasa.nlu.tokenizers.tokenizer import Token
words = [line.split()[0] for line in OWN_WORDS.read_text("utf-8").splitlines() if line]
cutter = reader()
broken = [word for word in words if list(cutter.cut(word, HMM=False)) != [word]]
differing = [Word("水", 1), Word("水", 2), Word("火", 1), Word("水", 1, 5), Word("水", 1, lemma="氵"), Word("水", 1, data={"a": 1})]
print(json.dumps({
    "broken": broken,
    "prints": [[one.fingerprint(), Word(one.text, one.start, one.end, dict(one.data), one.lemma).fingerprint()] for one in differing],
    "rasas": Token("水", 1, data={"a": 1}).fingerprint(),
}))
"""


@pytest.fixture(scope="module")
def said() -> Any:
    """What the script says: starting Rasa's environment takes three seconds."""
    if not PYTHON.is_file():
        pytest.skip("Rasa's environment .venv-rasa is not here: `make run` makes it")
    done = subprocess.run([PYTHON, "-c", SCRIPT], cwd=ROOT, env=serve.environment(), capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


def test_there_are_many_words_and_each_stands_once():
    words = [line.split()[0] for line in LINES]
    assert len(words) == len(set(words)) >= 1500


def test_each_line_is_one_of_jiebas_own_format_with_a_frequency():
    assert [line for line in LINES if not re.fullmatch(r"[\w]+ [1-9][0-9]*", line)] == []


def test_every_word_is_kept_whole(said: Any):
    assert said["broken"] == []


def test_words_that_differ_have_different_fingerprints_and_equal_ones_the_same(said: Any):
    assert all(one == again for one, again in said["prints"])
    assert len({one for one, _ in said["prints"]}) == 6
    assert said["prints"][5][0] == said["rasas"], "with data of another component it is Rasa's own"
