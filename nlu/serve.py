"""How Rasa is started: command lines and environment, as pure data.

Standard library only and Python 3.9 syntax: the launcher imports this before any environment exists.
Traps this guards against (measured on Rasa 3.6.21): a missing `-m` file silently loads another model; `/` and `/version`
answer without the token, so only loopback is bound; telemetry and update checks are on unless switched off.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

LOOPBACK = "127.0.0.1"
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "LOG_LEVEL": "WARNING",
    "LOG_LEVEL_LIBRARIES": "ERROR",
    "LOG_LEVEL_MATPLOTLIB": "ERROR",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONWARNINGS": "ignore",
    "PYTHONIOENCODING": "utf-8",
    "MPLBACKEND": "Agg",
    # one process uses one core; without these NumPy and TensorFlow start threads for all of them
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
}
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")


PROMOTED = "promoted.json"  # in the folder of models; what the launcher serves, also after a restart


class Promoted(NamedTuple):
    """A model that learnt from corrections: its file below the folder of models, and the name of the base model it builds upon."""

    file: str
    base: str


class NoModelError(Exception):
    """The model file to serve does not exist."""


def root() -> Path:
    """The folder that holds config.yml and nlu/."""
    return Path(__file__).resolve().parent.parent


def environment(inherited: Mapping[str, str] | None = None) -> dict[str, str]:
    """All of the environment a Rasa process gets: no secrets of the app, no telemetry, our components importable.

    `inherited` is the environment to take the harmless basics from (default: this process's own).
    """
    source = os.environ if inherited is None else inherited
    basics = {name: source[name] for name in KEPT if name in source}
    return {**basics, **QUIET, "PYTHONPATH": str(root())}


def command(python: Path, model: Path, port: int, token: str) -> list[str]:
    """The command line that serves `model` on loopback. Raises NoModelError if the file is not there.

    The token stands on the command line because Rasa takes it nowhere else; it opens nothing but this loopback port.
    """
    if not model.is_file():
        raise NoModelError(f"Rasa 模型文件不存在 · no such model file: {model.name}")
    if not token:
        raise ValueError("a token is needed: without one Rasa answers anybody on this machine")
    options = ["run", "--quiet", "--enable-api", "--model", str(model), "-i", LOOPBACK, "-p", str(port)]
    options.append(f"--auth-token={token}")  # in one word: it may begin with a dash
    absent = str(root() / "nlu" / "no-such-file.yml")  # else Rasa reads credentials.yml and endpoints.yml of the working folder
    return [str(python), "-m", "rasa", *options, "--credentials", absent, "--endpoints", absent]


def promoted(folder: Path) -> Promoted | None:
    """The model promoted in this folder, or None (also where the note about it cannot be read: the base model always works)."""
    try:
        found = json.loads((folder / PROMOTED).read_text(encoding="utf-8"))
        note = Promoted(str(found["file"]), str(found["base"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    inside = ".." not in Path(note.file).parts and not Path(note.file).is_absolute()
    return note if inside and note.file else None


def promote(folder: Path, note: Promoted | None) -> None:
    """Write down what is to be served from now on (None: the base model), as a whole or not at all."""
    path = folder / PROMOTED
    half = path.with_name(f".{PROMOTED}.{os.getpid()}")
    folder.mkdir(parents=True, exist_ok=True)
    half.write_text(json.dumps(note._asdict() if note else {}), encoding="utf-8")
    half.replace(path)
