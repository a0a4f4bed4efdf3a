"""What a model reads in many texts, kept in a file: the second time costs nothing."""

import hashlib
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from nlu import answer, fallback
from nlu.evaluation.lab import Lab, Tell, quiet
from nlu.subjects import all_subjects, topics
from policies.facts import Understanding


def readings(python: Path, model: Path, texts: Sequence[str], cache: Path, say: Tell = quiet) -> list[Understanding]:
    """One Understanding a text, by a Rasa of its own with this model; `cache` is a folder. Raises LabError.

    A text the model has nothing to say about is read by its words, as in service.
    """
    kept = cache / f"{model.name.partition('.')[0]}.jsonl"
    known = _known(kept)
    missing = [text for text in dict.fromkeys(texts) if _key(text) not in known]
    if missing:
        with tempfile.TemporaryDirectory(prefix="readings-") as folder:
            found = Lab(python, Path(folder), say=say).read(model, missing)
        fresh = {_key(text): _understood(text, one) for text, one in zip(missing, found, strict=True)}
        known |= fresh
        cache.mkdir(parents=True, exist_ok=True)
        with kept.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps({"key": key, "reading": asdict(one)}, ensure_ascii=False) + "\n" for key, one in fresh.items())
    return [known[_key(text)] for text in texts]


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _understood(text: str, found: object) -> Understanding:
    if found is None:
        return fallback.understand(text)
    try:
        return answer.read(found, frozenset(all_subjects()), frozenset(topics()))
    except answer.WrongAnswerError:
        return fallback.understand(text)


def _known(file: Path) -> dict[str, Understanding]:
    """What the file holds; a line that was cut off by a crash is read anew."""
    found = {}
    for line in file.read_text("utf-8").splitlines() if file.is_file() else ():
        try:
            row = json.loads(line)
            found[row["key"]] = Understanding(**{**row["reading"], "entities": tuple(row["reading"]["entities"])})
        except (ValueError, KeyError, TypeError):
            continue
    return found
