"""Our own words for jieba: many, each once, each with the frequency that makes reading them quick."""

import re
import subprocess
from pathlib import Path

import pytest

from nlu import serve

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-rasa" / "bin" / "python"
LINES = [line for line in (ROOT / "nlu" / "components" / "words.txt").read_text("utf-8").splitlines() if line]
WHOLE = """
import sys
from nlu.components.tokenizer import OWN_WORDS, reader
words = [line.split()[0] for line in OWN_WORDS.read_text("utf-8").splitlines() if line]
cutter = reader()
broken = [word for word in words if list(cutter.cut(word, HMM=False)) != [word]]
print(len(broken), *broken[:9])
"""


def test_there_are_many_words_and_each_stands_once():
    words = [line.split()[0] for line in LINES]
    assert len(words) == len(set(words)) >= 1500


def test_each_line_is_one_of_jiebas_own_format_with_a_frequency():
    assert [line for line in LINES if not re.fullmatch(r"[\w]+ [1-9][0-9]*", line)] == []


@pytest.mark.skipif(not PYTHON.is_file(), reason="Rasa's environment .venv-rasa is not here: `make run` makes it")
def test_every_word_is_kept_whole():
    done = subprocess.run([PYTHON, "-c", WHOLE], cwd=ROOT, env=serve.environment(), capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split()[0] == "0", done.stdout
