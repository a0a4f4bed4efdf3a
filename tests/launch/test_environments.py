"""When an environment is made, made anew, or left alone."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from bot.launch import options
from tests.launch.conftest import ROOT, Checkout

INSTALLED = "安装程序环境"


def migrate(checkout: Checkout, **changes: str) -> str:
    """Run `migrate`, the shortest command that needs the app's environment, and return what it said."""
    code, said = checkout.call("migrate", **changes)
    assert code == 0, said
    return said


def test_an_environment_is_made_once(checkout: Checkout) -> None:
    assert INSTALLED in migrate(checkout)
    assert INSTALLED not in migrate(checkout)


def test_a_changed_lock_is_installed(checkout: Checkout) -> None:
    migrate(checkout)
    (checkout.root / "requirements.txt").write_text("# changed\n")
    assert INSTALLED in migrate(checkout)
    assert INSTALLED not in migrate(checkout)


def test_one_whose_interpreter_has_gone_is_made_anew(checkout: Checkout) -> None:
    migrate(checkout)
    python = checkout.root / ".venv/bin/python"
    python.unlink()
    python.symlink_to("/nowhere/python3.12")
    assert INSTALLED in migrate(checkout)
    assert python.resolve().exists()


def test_one_that_was_cut_short_is_completed(checkout: Checkout) -> None:
    migrate(checkout)
    (checkout.root / ".venv/huiyin.json").write_text('{"lock": "requi')
    assert INSTALLED in migrate(checkout)
    assert json.loads((checkout.root / ".venv/huiyin.json").read_text())["lock"] == "requirements.txt"


def test_a_file_in_the_place_of_the_environment_is_replaced(checkout: Checkout) -> None:
    (checkout.root / ".venv").write_text("")
    assert INSTALLED in migrate(checkout)


def test_a_copied_checkout_makes_its_own(checkout: Checkout, tmp_path: Path) -> None:
    migrate(checkout)
    other = tmp_path / "other"
    shutil.copytree(checkout.root, other, symlinks=True)
    checkout.root = other
    assert INSTALLED in migrate(checkout)


def test_a_developers_environment_keeps_its_tools_and_serves_the_app_too(checkout: Checkout) -> None:
    migrate(checkout)
    (checkout.root / ".venv/bin/pytest").write_text("")
    (checkout.root / "requirements.txt").write_text("# changed\n")
    migrate(checkout)
    assert json.loads((checkout.root / ".venv/huiyin.json").read_text())["lock"] == "requirements-dev.txt"
    assert INSTALLED not in migrate(checkout)


def test_an_environment_made_by_hand_is_adopted(checkout: Checkout) -> None:
    python = os.path.realpath(ROOT / ".venv/bin/python")
    subprocess.run([python, "-m", "venv", "--without-pip", str(checkout.root / ".venv")], check=True)
    mark = checkout.root / ".venv/made-by-hand"
    mark.write_text("")
    migrate(checkout)
    assert mark.exists()


def test_two_set_ups_at_once_do_not_disturb_each_other(checkout: Checkout) -> None:
    first = checkout.start()
    said = migrate(checkout, HUIYIN_DATA=str(checkout.root / "other"))
    checkout.wait_for("Rasa 已就绪")
    assert first.poll() is None
    assert "✗" not in said + checkout.said()


def test_clean_removes_environments_and_keeps_data(checkout: Checkout) -> None:
    migrate(checkout)
    code, said = checkout.call("clean")
    assert code == 0 and not (checkout.root / ".venv").exists(), said
    assert (checkout.data / "secret_key").exists()


def test_bytecode_that_may_not_lie_beside_the_sources_is_kept_in_a_folder_of_its_own(checkout: Checkout) -> None:
    migrate(checkout, PYTHONDONTWRITEBYTECODE="1")
    assert list((checkout.root / ".venv-bytecode").rglob("*.pyc"))
    assert not list((checkout.root / "bot").rglob("*.pyc"))
    assert checkout.call("clean")[0] == 0
    assert not (checkout.root / ".venv-bytecode").exists()


def test_who_allows_bytecode_beside_the_sources_or_names_a_folder_is_obeyed() -> None:
    assert "PYTHONPYCACHEPREFIX" not in options.read({}).env
    named = options.read({"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": "/named"}).env
    assert named["PYTHONPYCACHEPREFIX"] == "/named"


def test_a_trained_model_of_the_checkout_is_taken_into_another_data_folder(checkout: Checkout, running) -> None:
    running().terminate()
    assert checkout.gone()
    running(HUIYIN_DATA=str(checkout.root / "other"))
    assert "训练 Rasa 模型 · train the Rasa model … 已就绪" in checkout.said()
    assert len(list((checkout.root / "other/models").glob("*.tar.gz"))) == 1


def test_the_doctor_changes_nothing_and_names_what_it_finds(checkout: Checkout) -> None:
    code, said = checkout.call("doctor")
    assert code == 0 and "Python 3.12" in said and "Python 3.10" in said, said
    assert not checkout.data.exists() and not (checkout.root / ".venv").exists()
