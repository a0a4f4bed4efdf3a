"""`make evaluate` and `make evaluate-files`: how well the pipeline reads; `make city`: the product in a city."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Sequence

from bot.launch import chores, data, environments, steps
from bot.launch.options import Options
from bot.launch.say import Problem

_FILES = ("TRAIN", "TEST", "OUT")


def report(options: Options, extra: Sequence[str]) -> int:
    """The whole report, into the data folder; `extra` goes to it (`--quick`, `--write`)."""
    python, ready = chores.ready(options._replace(nlu_url=""), rasa=True)  # what is measured is trained and served here
    env = {**ready.env, "HUIYIN_DATA": str(options.data)}
    return chores.call([str(python), "-m", "tests.bench.understanding", *extra], ready._replace(env=env))


def city(options: Options, extra: Sequence[str]) -> int:
    """The simulated city, into the data folder; `extra` goes to it (`--short`, `--postgresql`)."""
    python, ready = chores.ready(options, rasa=False)
    env = {**ready.env, "HUIYIN_DATA": str(options.data)}
    return chores.call([str(python), "-m", "tests.city", *extra], ready._replace(env=env))


def files(options: Options, extra: Sequence[str]) -> int:
    """Train on $TRAIN, measure on $TEST, write $OUT. Only Rasa's environment is needed; `extra` goes to `nlu.evaluation`."""
    places = [str(_place(name)) for name in _FILES]
    data.prepare(options)
    rasa = environments.ensure(environments.RASA, options, steps.setup_log(options))
    return chores.call([str(rasa), "-m", "nlu.evaluation", *places, *extra], options)


def _place(name: str) -> Path:
    """A file as given to make, which passes it on in the environment: so it may hold spaces and quotes."""
    given = os.environ.get(name, "")
    if not given:
        raise Problem(f"缺少 {name}。", f"{name} is missing.", "make evaluate-files TRAIN=a.jsonl TEST=b.jsonl OUT=c.json")
    return Path(os.path.abspath(os.path.expanduser(given)))
