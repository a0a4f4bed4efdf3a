"""Train the Rasa model, only if it is stale, and never leave half a model behind.

Standard library only and Python 3.9 syntax: the launcher imports this before any environment exists.
By hand: `python -m nlu.train --python .venv-rasa/bin/python --out nlu/models`.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

from nlu import serve

SECONDS = 900  # a training takes about half a minute; this only ends one that hangs


class TrainingError(Exception):
    """Rasa could not train. The text says what its last lines were."""


def _inputs(root: Path) -> list[Path]:
    data = sorted((root / "nlu" / "data").rglob("*.yml"))
    code = sorted((root / "nlu" / "components").rglob("*.py"))
    words = sorted((root / "nlu" / "components").rglob("*.txt"))
    return [root / "config.yml", root / "nlu" / "requirements.txt", *data, *code, *words]


def data_hash(root: Path | None = None) -> str:
    """16 hex digits over everything the model depends on: data, pipeline, components, locked versions."""
    base = root or serve.root()
    digest = hashlib.sha256()
    for path in _inputs(base):
        digest.update(path.relative_to(base).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def model_path(out: Path, root: Path | None = None) -> Path:
    """Where the model of the present data belongs."""
    return out / f"{data_hash(root)}.tar.gz"


def command(python: Path, out: Path, name: str, root: Path | None = None) -> list[str]:
    """The command line that trains `out/name.tar.gz` from the data under `root`."""
    base = root or serve.root()
    options = ["--nlu", str(base / "nlu" / "data"), "--config", str(base / "config.yml"), "--out", str(out)]
    return [str(python), "-m", "rasa", "train", "nlu", "--quiet", *options, "--fixed-model-name", name]


def train(python: Path, out: Path, root: Path | None = None) -> tuple[Path, bool]:
    """The model of the present data and whether it was trained now (False: it was there already).

    The model appears under its name only when it is whole. Raises TrainingError.
    """
    base = root or serve.root()
    target = model_path(out, base)
    if target.is_file():
        return target, False
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".training-", dir=out) as folder:
        made = Path(folder) / target.name
        run(command(python, Path(folder), target.name[: -len(".tar.gz")], base), Path(folder), base)
        if not made.is_file():
            raise TrainingError("Rasa ended without an error and without a model")
        made.replace(target)
    return target, True


def run(words: list[str], folder: Path, base: Path) -> None:
    """Run Rasa in `folder` with the code under `base`; the cache Rasa insists on (.rasa/) is thrown away with the folder.

    Raises TrainingError.
    """
    environment = {**serve.environment(), "PYTHONPATH": str(base)}
    try:
        done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603
    except OSError as error:
        raise TrainingError(f"cannot start Rasa: {error.strerror or error}") from error
    except subprocess.TimeoutExpired:
        raise TrainingError(f"training took over {SECONDS} s and was ended") from None
    if done.returncode:
        last = (done.stdout + done.stderr).decode("utf-8", "replace").strip().splitlines()[-8:]
        raise TrainingError("\n".join(last) or f"Rasa ended with {done.returncode}")


def main() -> int:
    """Command line: print the path of the model."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--python", type=Path, default=Path(".venv-rasa/bin/python"), help="the python of Rasa's environment")
    parser.add_argument("--out", type=Path, default=Path("nlu/models"), help="the folder for models")
    given = parser.parse_args()
    try:
        path, fresh = train(given.python.absolute(), given.out.absolute())
    except TrainingError as error:
        print(f"训练失败 · training failed: {error}", file=sys.stderr)  # noqa: T201
        return 1
    print(f"{path} ({'trained' if fresh else 'up to date'})")  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
