"""Train the Rasa model, only if it is stale, and never leave half a model behind.

Standard library only and Python 3.9 syntax: the launcher imports this before any environment exists.
By hand: `python -m nlu.train --python .venv-rasa/bin/python --out nlu/models`.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from nlu import serve

SECONDS = 900  # a training takes about half a minute; this only ends one that hangs
HELD_OUT = 25  # of the project's own sentences one in so many is never trained on: by these, models are compared (docs/learning.md)
HELD_OUT_SEED = "2026-11"
_EXAMPLE = "      - "  # how nlu/data writes a sentence


class TrainingError(Exception):
    """Rasa could not train. The text says what its last lines were."""


class StoppedError(TrainingError):
    """Whoever asked for the training does not want it any more."""


def is_held_out(text: str) -> bool:
    """Whether this sentence of the project's own data is kept out of every training."""
    digest = hashlib.sha256(f"{HELD_OUT_SEED}\0{text.strip()}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % HELD_OUT == 0


def data_folder(root: Path | None = None) -> Path:
    """Where the base data is: nlu/data, or the folder NLU_DATA names."""
    given = os.environ.get("NLU_DATA")
    return Path(given).absolute() if given else (root or serve.root()) / "nlu" / "data"


def data_hash(root: Path | None = None, extra: Sequence[Path] = ()) -> str:
    """16 hex digits over everything the model depends on: data, pipeline, components, locked versions, what is held out."""
    base = root or serve.root()
    digest = hashlib.sha256(f"{HELD_OUT} {HELD_OUT_SEED}".encode())
    code = [*(base / "nlu" / "components").rglob("*.py"), *(base / "nlu" / "components").rglob("*.txt")]
    for path in [base / "config.yml", base / "nlu" / "requirements.txt", *sorted(code)]:
        _add(digest, path.relative_to(base).as_posix(), path)
    for number, folder in enumerate([data_folder(base), *extra]):
        for path in sorted(folder.rglob("*.yml")):
            _add(digest, f"{number} {path.relative_to(folder).as_posix()}", path)
    return digest.hexdigest()[:16]


def _add(digest: hashlib._Hash, name: str, path: Path) -> None:
    digest.update(name.encode() + b"\0")
    digest.update(hashlib.sha256(path.read_bytes()).digest())


def model_path(out: Path, root: Path | None = None, extra: Sequence[Path] = ()) -> Path:
    """Where the model of the present data belongs."""
    return out / f"{data_hash(root, extra)}.tar.gz"


def command(python: Path, out: Path, name: str, root: Path, data: Path) -> list[str]:
    """The command line that trains `out/name.tar.gz` from the files under `data`."""
    options = ["--nlu", str(data), "--config", str(root / "config.yml"), "--out", str(out)]
    return [str(python), "-m", "rasa", "train", "nlu", "--quiet", *options, "--fixed-model-name", name]


def lay_out(folder: Path, root: Path, extra: Sequence[Path] = ()) -> Path:
    """A copy of the base data without what is held out, and of the extra folders whole, under `folder`; the folder to train from."""
    for number, source in enumerate([data_folder(root), *extra]):
        for path in sorted(source.rglob("*.yml")):
            target = folder / str(number) / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            kept = lines if number else [line for line in lines if not _is_held_out_line(line)]
            target.write_text("".join(kept), encoding="utf-8")
    return folder


def _is_held_out_line(line: str) -> bool:
    return line.startswith(_EXAMPLE) and is_held_out(line[len(_EXAMPLE) :])


def train(
    python: Path, out: Path, root: Path | None = None, extra: Sequence[Path] = (), stop: Callable[[], bool] | None = None
) -> tuple[Path, bool]:
    """The model of the present data and whether it was trained now (False: it was there already).

    `extra`: folders with further training files, read as they are. `stop` is asked twice a second whether to give up.
    The model appears under its name only when it is whole. Raises TrainingError.
    """
    base = root or serve.root()
    target = model_path(out, base, extra)
    if target.is_file():
        return target, False
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".training-", dir=out) as name:
        folder = Path(name)
        made, data = folder / target.name, lay_out(folder / "data", base, extra)
        run(command(python, folder, target.name[: -len(".tar.gz")], base, data), folder, base, stop)
        if not made.is_file():
            raise TrainingError("Rasa ended without an error and without a model")
        made.replace(target)
    return target, True


def run(words: list[str], folder: Path, base: Path, stop: Callable[[], bool] | None = None) -> None:
    """Run Rasa in `folder` with the code under `base`; the cache Rasa insists on (.rasa/) is thrown away with the folder.

    Raises TrainingError; StoppedError where `stop` said so.
    """
    environment = {**serve.environment(), "PYTHONPATH": str(base)}
    with (folder / "output").open("w+b") as output:
        try:
            process = subprocess.Popen(words, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT)  # noqa: S603
        except OSError as error:
            raise TrainingError(f"cannot start Rasa: {error.strerror or error}") from error
        try:
            _await(process, stop)
        finally:
            process.kill()
            process.wait()
        if process.returncode:
            output.seek(0)
            last = output.read().decode("utf-8", "replace").strip().splitlines()[-8:]
            raise TrainingError("\n".join(last) or f"Rasa ended with {process.returncode}")


def _await(process: subprocess.Popen[bytes], stop: Callable[[], bool] | None) -> None:
    until = time.monotonic() + SECONDS
    while process.poll() is None:
        if stop and stop():
            raise StoppedError("training was cancelled")
        if time.monotonic() > until:
            raise TrainingError(f"training took over {SECONDS} s and was ended")
        try:
            process.wait(0.5)
        except subprocess.TimeoutExpired:
            continue


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
