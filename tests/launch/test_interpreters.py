"""Finding interpreters on machines where PATH lies."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.launch import interpreters
from bot.launch.interpreters import FOR_APP, FOR_RASA, Wanted

HERE = (sys.version_info.major, sys.version_info.minor)
MINE = Wanted((HERE,), f"Python {HERE[0]}.{HERE[1]}", "HUIYIN_PYTHON")
BASE = Path(sys.base_prefix) / "bin" / f"python{HERE[0]}.{HERE[1]}"


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def only(tmp_path: Path, **more: str) -> dict[str, str]:
    """An environment with no interpreter of this machine but those in /usr and the running one."""
    return {"HOME": str(tmp_path), "PATH": str(tmp_path / "path"), **more}


@pytest.mark.parametrize(
    "place", [".pyenv/versions/1.2.3", ".local/share/uv/python/cpython", "miniconda3/envs/any", ".asdf/installs/python/1"]
)
def test_interpreters_are_found_where_tools_keep_them(tmp_path: Path, place: str) -> None:
    kept = program(tmp_path / place / "bin/python3", f'exec {BASE} "$@"')
    assert kept in list(interpreters.candidates(MINE.versions, only(tmp_path)))


def test_the_folders_named_in_the_environment_are_searched(tmp_path: Path) -> None:
    in_pyenv = program(tmp_path / "a/versions/x/bin/python3", "exit 1")
    in_conda = program(tmp_path / "b/bin/python3", "exit 1")
    environ = only(tmp_path, PYENV_ROOT=str(tmp_path / "a"), CONDA_PREFIX=str(tmp_path / "b"))
    assert {in_pyenv, in_conda} <= set(interpreters.candidates(MINE.versions, environ))


def test_a_shim_that_fails_is_passed_over(tmp_path: Path) -> None:
    shim = program(tmp_path / f"path/python{HERE[0]}.{HERE[1]}", "echo pyenv: command not found >&2; exit 127")
    working = program(tmp_path / "path/python3", f'exec {BASE} "$@"')
    environ = only(tmp_path)
    assert interpreters.ask(shim, environ) is None
    found = interpreters.ask(working, environ)
    assert found is not None and found.version[:2] == HERE


def test_pyenvs_shims_are_not_asked_and_what_they_lead_to_is(tmp_path: Path) -> None:
    shim = program(tmp_path / f"kept/shims/python{HERE[0]}.{HERE[1]}", "exit 1")
    behind = program(tmp_path / f"kept/versions/a/bin/python{HERE[0]}.{HERE[1]}", "exit 1")
    another = program(tmp_path / "other/shims/python3", "exit 1")
    path = f"{shim.parent}{os.pathsep}{another.parent}"
    found = list(interpreters.candidates(MINE.versions, only(tmp_path, PYENV_ROOT=str(tmp_path / "kept"), PATH=path)))
    assert behind in found and another in found and shim not in found


@pytest.mark.parametrize("script", ["exit 0", "echo '[]'", "echo no; exit 0", "kill -9 $$", "printf '\\377'"])
def test_a_program_that_answers_nonsense_is_passed_over(tmp_path: Path, script: str) -> None:
    assert interpreters.ask(program(tmp_path / "path/python3", script), only(tmp_path)) is None


def test_one_without_sqlite_is_not_taken(tmp_path: Path) -> None:
    answer = '[[3, 10, 9], "/x/python3.10", ["sqlite3"], "cpython", 64]'
    named = program(tmp_path / "python", f"echo '{answer}'")
    environ = only(tmp_path, HUIYIN_RASA_PYTHON=str(named))
    with pytest.raises(interpreters.Problem) as caught:
        interpreters.find(FOR_RASA, environ)
    assert "sqlite3" in caught.value.hint


def test_the_preferred_version_comes_first_and_the_newest_patch_of_it(tmp_path: Path) -> None:
    for name, version in (("a", [3, 13, 9]), ("b", [3, 12, 1]), ("c", [3, 12, 8]), ("d", [3, 11, 9])):
        answer = f'[{version}, "/{name}", [], "cpython", 64]'
        program(tmp_path / f".pyenv/versions/{name}/bin/python", f"echo '{answer}'")
    found = [str(one.path) for one in interpreters.every(FOR_APP, only(tmp_path)) if len(str(one.path)) == 2]
    assert found == ["/c", "/b", "/a"]


def test_an_interpreter_inside_a_virtual_environment_is_followed_to_its_base(tmp_path: Path) -> None:
    subprocess.run([str(BASE), "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
    found = interpreters.ask(tmp_path / "venv/bin/python", only(tmp_path))
    assert found is not None and not os.path.realpath(found.path).startswith(str(tmp_path))


def test_no_download_is_tried_where_it_is_forbidden(tmp_path: Path) -> None:
    environ = only(tmp_path, UV_PYTHON_DOWNLOADS="never")
    with interpreters.Step("下载", "download") as step:
        reason = interpreters.download(FOR_RASA, tmp_path / "no-uv", environ, tmp_path / "log", step)
    assert reason == "UV_PYTHON_DOWNLOADS=never"


def test_a_machine_without_one_is_told_three_ways_to_get_it() -> None:
    problem = interpreters.missing(FOR_RASA, "Connection refused")
    for words in ("pyenv install 3.10", "conda create", "HUIYIN_RASA_PYTHON=", "NLU_URL=", "Connection refused"):
        assert words in problem.hint
