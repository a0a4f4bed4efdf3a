"""From a word on the command line to what it does, and from anything that goes wrong to a sentence."""

from __future__ import annotations

import signal
from typing import Callable, Mapping, Sequence

from bot.launch import chores, doctor, explain, measure, options, say, steps
from bot.launch.options import Options
from bot.launch.say import Problem, Stopped

COMMANDS: Mapping[str, Callable[[Options, Sequence[str]], int]] = {
    "run": lambda given, extra: steps.run(given),
    "test": chores.test,
    "check": chores.check,
    "bench": chores.bench,
    "chaos": chores.chaos,
    "city": measure.city,
    "evaluate": measure.report,
    "evaluate-files": measure.files,
    "lock": chores.lock,
    "migrate": lambda given, extra: chores.manage(given, "migrate"),
    "seed": lambda given, extra: chores.manage(given, "seed"),
    "doctor": lambda given, extra: doctor.report(given),
    "clean": chores.clean,
}


def main(arguments: Sequence[str], usage: str) -> int:
    """Exit codes: the command's own; 1 for a Problem, 2 for an unknown command, 130 where a signal ended the set-up."""
    say.prepare()
    if not arguments or arguments[0] not in COMMANDS:
        say.line(usage)
        return 2
    try:
        steps.interruptible()
        return COMMANDS[arguments[0]](options.read(), arguments[1:])
    except Problem as error:
        say.problem(error)
    except OSError as error:
        say.problem(explain.from_os_error(error, arguments[0]))
    except (Stopped, KeyboardInterrupt):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        say.line("已中断", "interrupted")
        return 130
    return 1
