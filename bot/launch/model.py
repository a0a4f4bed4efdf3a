"""The Rasa model of the present training data: trained if stale, or taken from the checkout's own var/ if it is there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from bot.launch import data, tools
from bot.launch.options import Options
from bot.launch.say import Step
from nlu import serve, train


def ensure(options: Options, python: Path, rasa: Path, log: Path) -> Path:
    """The model file. `python` runs the training script, `rasa` is the python of Rasa's environment. Raises Problem."""
    folder = data.models(options)
    target = train.model_path(folder, options.root)
    with Step("训练 Rasa 模型", "train the Rasa model") as step:
        if target.is_file() or _copied(target, options):
            step.ready()
            return target
        for half in folder.glob(".training-*"):  # of a training that was killed
            shutil.rmtree(str(half), ignore_errors=True)
        argv = [str(python), "-m", "nlu.train", "--python", str(rasa), "--out", str(folder)]
        tools.must(argv, options.env, "训练 Rasa 模型 (training)", log=log, cwd=options.root, step=step)
    _prune(folder, target)
    return target


def serving(options: Options, base: Path) -> Path:
    """The model to serve: the one that was promoted, as long as it was trained with this version's data and pipeline; else `base`.

    A model of an earlier version may not load in this one's components, and nobody has measured it against the new base.
    """
    folder = data.models(options)
    promoted = serve.promoted(folder)
    if promoted is None or promoted.base != base.name or not (folder / promoted.file).is_file():
        return base
    return folder / promoted.file


def _copied(target: Path, options: Options) -> bool:
    """A fresh data folder need not train again what this checkout has trained."""
    known = options.root / "var" / "models" / target.name
    if known == target or not known.is_file():
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        shutil.copyfile(str(known), str(half))
        os.replace(str(half), str(target))
    finally:
        if half.exists():
            half.unlink()
    return True


def _prune(folder: Path, kept: Path, count: int = 3) -> None:
    """Keep the present model and the two before it, for going back."""
    old = sorted((path for path in folder.glob("*.tar.gz") if path != kept), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in old[count - 1 :]:
        path.unlink()
