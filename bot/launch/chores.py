"""The other commands of the Makefile: tests, checks, benchmarks, locks, cleaning."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Sequence, Tuple

from bot.launch import data, environments, explain, pipconf, say, steps, tools, uv
from bot.launch.options import BYTECODE, Options
from bot.launch.say import Problem, Step

_CHECKS = (
    ("格式", "ruff format", ("ruff", "format", "--check", ".")),
    ("规范", "ruff check", ("ruff", "check", ".")),
    ("类型", "mypy", ("mypy",)),
    ("训练语句", "training sentences", ("nlu.lint",)),
    ("架构", "architecture", ("pytest", "tests/architecture", "-p", "no:cacheprovider")),
)
# Together with nlu/overrides.txt these make the locks the same on every machine: hashes yes, index addresses no.
_COMPILE = ("--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-header")


# A run's own settings are not the tests': they make a data folder, a key and servers of their own.
_OF_A_RUN = (
    "HUIYIN_DATA",
    "HUIYIN_DEMO",
    "HUIYIN_HOST",
    "HUIYIN_SANDBOX_URL",
    "HUIYIN_PUBLIC_URL",
    "PORT",
    "NLU_URL",
    "NLU_TOKEN",
    "NLU_PROCESSES",
    "NLU_DATA",
    "DATABASE_URL",
    "REDIS_URL",
)


def ready(options: Options, *, rasa: bool, model: bool = True) -> Tuple[Path, Options]:
    """The development environment's python, and the options for tests.

    With `rasa` its environment and model are made too; tests find them in HUIYIN_TEST_RASA_PYTHON and HUIYIN_TEST_MODEL.
    Without `model` those that need one train it (tests/nlu/trained.py).
    """
    data.prepare(options)
    made = steps.set_up(options, environments.DEV, rasa=rasa and model)
    env = {name: value for name, value in options.env.items() if name not in _OF_A_RUN}
    env.setdefault("HUIYIN_SECRET_KEY", "only-for-tests-and-checks")
    if made.rasa:
        env.update({"HUIYIN_TEST_RASA_PYTHON": str(made.rasa[0]), "HUIYIN_TEST_MODEL": str(made.rasa[1])})
    elif rasa and not options.nlu_url:
        env["HUIYIN_TEST_RASA_PYTHON"] = str(environments.ensure(environments.RASA, options, steps.setup_log(options)))
    return made.python, options._replace(env=env)


def call(argv: Sequence[str], options: Options) -> int:
    """Run a tool in the terminal as it is, tied to this process, and return its exit code."""
    process = subprocess.Popen(tools.leashed(argv), env=dict(options.env), cwd=str(options.root), start_new_session=True)
    try:
        return process.wait()
    finally:
        tools.end_group(process)


def _pytest(options: Options, python: Path, arguments: Sequence[str]) -> int:
    return call([str(python), "-m", "pytest", *arguments], options)


def test(options: Options, extra: Sequence[str]) -> int:
    """All tests but the long ones. `extra` goes to pytest; a path or option there replaces the defaults.

    The model is trained by the first test that needs it: before all of them, a minute of one processor would be lost.
    """
    python, options = ready(options, rasa=True, model=False)
    workers = str(min(3, (os.cpu_count() or 1) + 1))  # one more than there are cores: the longest tests mostly wait for something
    return _pytest(options, python, [*(extra or ["-m", "not slow", "-n", workers, "--dist", "loadfile", "--no-loadscope-reorder"])])


def bench(options: Options, extra: Sequence[str]) -> int:
    """The benchmarks, one after the other: what runs beside a measurement falsifies it."""
    python, options = ready(options, rasa=True)
    return call([str(python), "-m", "tests.bench", *extra], options)


def chaos(options: Options, extra: Sequence[str]) -> int:
    """The long forms: kill -9 again and again, Rasa's among them, and every page and suite in all its variants."""
    python, options = ready(options, rasa=True)
    return _pytest(options, python, ["-m", "slow", "-s", "--timeout", "3600", *extra])


def check(options: Options, extra: Sequence[str]) -> int:
    """Format, lint, types, imports: every one is run, also when an earlier one failed."""
    python, options = ready(options, rasa=False)
    failed = []
    for zh, en, words in _CHECKS:
        with Step(zh, en) as step:
            result = tools.attempt([str(python), "-m", *words], options.env, cwd=options.root, step=step)
            if result.code != 0:
                step.failed()
        if result.code != 0:
            failed.append(f"{zh} {en}")
            say.line(result.output)
    if failed:
        raise Problem("检查未通过：" + "、".join(failed), "Checks failed: " + ", ".join(failed))
    return 0


def lock(options: Options, extra: Sequence[str]) -> int:
    """Make the three lock files anew from their .in files; `--upgrade` in `extra` takes the newest versions."""
    data.prepare(options)
    log = steps.setup_log(options)
    tool = uv.find(options)
    if not tool:
        with Step("获取安装工具 uv", "get uv") as step:
            tool = uv.fetch(options, log, step)
    jobs = (
        ("requirements.txt", ["--python-version", "3.12", "--universal", "requirements.in"]),
        ("requirements-dev.txt", ["--python-version", "3.12", "--universal", "--constraints", "requirements.txt", "requirements-dev.in"]),
        ("nlu/requirements.txt", ["--python-version", "3.10", "--overrides", "nlu/overrides.txt", "nlu/requirements.in"]),
    )
    env = {**options.env, **pipconf.for_uv(options.env)}
    for name, words in jobs:
        with Step(f"锁定 {name}", f"lock {name}") as step:
            argv = [str(tool), "pip", "compile", "--quiet", *_COMPILE, *words, "--output-file", name, *extra]
            tools.must(argv, env, f"锁定 {name} (lock)", log=log, cwd=options.root, step=step)
    return 0


def manage(options: Options, command: str) -> int:
    """`make migrate`, `make seed`: one command of manage.py with the app's environment."""
    data.prepare(options)
    options = steps.with_secret(options)
    python = steps.set_up(options, environments.APP, rasa=False).python
    steps.manage(options, python, "migrate --no-input", "更新数据库", "migrate")
    if command != "migrate":
        steps.manage(options, python, command, command, f"manage.py {command}")
    return 0


def clean(options: Options, extra: Sequence[str]) -> int:
    """Remove environments and caches. Data, models and keys stay."""
    folders = [
        environments.APP.folder,
        environments.RASA.folder,
        uv.home(options).name,
        BYTECODE,
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        ".hypothesis",
    ]
    for name in folders:
        path = options.root / name
        if path.is_dir():
            with Step(f"删除 {name}", "remove"):
                try:
                    shutil.rmtree(str(path))
                except OSError as error:
                    raise explain.from_os_error(error, f"删除 {name} (removing)") from None
    say.line(f"数据目录保留 {options.data}", "the data folder is kept")
    return 0
