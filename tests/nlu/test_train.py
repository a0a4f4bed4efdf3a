"""Training and serving helpers: pure data, atomic files, no telemetry, loopback only."""

import ast
import shutil
import stat
import sys
from pathlib import Path

import pytest

from nlu import corpus, serve, train

ROOT = Path(__file__).parents[2]
FAKE = """#!{python}
import pathlib, sys, tarfile
words = sys.argv[1:]
out, name = words[words.index("--out") + 1], words[words.index("--fixed-model-name") + 1]
print("about to train")
if {fails}:
    sys.exit("no memory left")
if {makes}:
    pathlib.Path(out, name + ".tar.gz").write_bytes(b"model")
pathlib.Path({log!r}).open("a").write("x")
"""


def fake_python(folder: Path, *, fails: bool = False, makes: bool = True) -> Path:
    script = folder / "python"
    script.write_text(FAKE.format(python=sys.executable, fails=fails, makes=makes, log=str(folder / "runs")))
    script.chmod(script.stat().st_mode | stat.S_IEXEC)
    return script


@pytest.fixture
def house(tmp_path: Path) -> Path:
    root = tmp_path / "house"
    for part in ("nlu/data", "nlu/components"):
        shutil.copytree(ROOT / part, root / part)
    for part in ("config.yml", "nlu/requirements.txt"):
        shutil.copy(ROOT / part, root / part)
    return root


def test_a_model_is_trained_once(house: Path, tmp_path: Path) -> None:
    python, out = fake_python(tmp_path), tmp_path / "models"
    assert train.train(python, out, house) == (train.model_path(out, house), True)
    assert train.train(python, out, house) == (train.model_path(out, house), False)
    assert (tmp_path / "runs").read_text() == "x"


@pytest.mark.parametrize("part", ["config.yml", "nlu/data/intents/chat.yml", "nlu/components/linear.py", "nlu/requirements.txt"])
def test_any_change_asks_for_a_new_model(house: Path, part: str) -> None:
    before = train.data_hash(house)
    (house / part).write_text((house / part).read_text("utf-8") + "\n# changed\n", "utf-8")
    assert train.data_hash(house) != before


def test_the_hash_does_not_depend_on_the_folder(house: Path) -> None:
    assert train.data_hash(house) == train.data_hash(ROOT)


@pytest.mark.parametrize(("fails", "makes"), [(True, True), (False, False)])
def test_a_failed_training_leaves_nothing_behind(house: Path, tmp_path: Path, fails: bool, makes: bool) -> None:
    out = tmp_path / "models"
    with pytest.raises(train.TrainingError):
        train.train(fake_python(tmp_path, fails=fails, makes=makes), out, house)
    assert list(out.iterdir()) == []


def test_the_reason_of_a_failure_is_told(house: Path, tmp_path: Path) -> None:
    with pytest.raises(train.TrainingError, match="no memory left"):
        train.train(fake_python(tmp_path, fails=True), tmp_path / "models", house)


def test_a_missing_python_is_told(house: Path, tmp_path: Path) -> None:
    with pytest.raises(train.TrainingError, match="cannot start Rasa"):
        train.train(tmp_path / "nowhere", tmp_path / "models", house)


def test_what_is_held_out_is_in_no_training_and_everything_else_is(house: Path, tmp_path: Path) -> None:
    texts = {one.text for one in corpus.read(house / "nlu" / "data")}
    trained = {one.text for one in corpus.read(train.lay_out(tmp_path / "laid", house))}
    held = {text for text in texts if train.is_held_out(text)}
    assert trained == texts - held
    assert 0.03 < len(held) / len(texts) < 0.05


def test_extra_sentences_are_trained_on_as_they_are_and_make_another_model(house: Path, tmp_path: Path) -> None:
    extra = tmp_path / "extra"
    extra.mkdir()
    held = next(one.text for one in corpus.read(house / "nlu" / "data") if train.is_held_out(one.text))
    (extra / "c.yml").write_text(f'version: "3.1"\nnlu:\n  - intent: chat\n    examples: |\n      - {held}\n', "utf-8")
    laid = train.lay_out(tmp_path / "laid", house, [extra])
    assert held in {one.text for one in corpus.read(laid)}
    assert train.data_hash(house, [extra]) != train.data_hash(house)


def test_another_folder_of_data_can_be_named(house: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = train.data_hash(house)
    monkeypatch.setenv("NLU_DATA", str(shutil.copytree(house / "nlu" / "data" / "intents", tmp_path / "own")))
    assert train.data_hash(house) != before


def test_a_training_nobody_wants_any_more_is_ended(house: Path, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexec sleep 60\n")
    python.chmod(0o700)
    with pytest.raises(train.StoppedError):
        train.train(python, tmp_path / "models", house, stop=lambda: True)
    assert list((tmp_path / "models").iterdir()) == []


def test_serving_a_missing_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(serve.NoModelError):
        serve.command(Path("python"), tmp_path / "none.tar.gz", 5005, "token")


def test_serving_without_a_token_is_refused(tmp_path: Path) -> None:
    model = tmp_path / "m.tar.gz"
    model.touch()
    with pytest.raises(ValueError, match="token"):
        serve.command(Path("python"), model, 5005, "")


def test_serving_binds_to_loopback_with_the_token(tmp_path: Path) -> None:
    model = tmp_path / "m.tar.gz"
    model.touch()
    words = serve.command(Path("python"), model, 5005, "-secret")
    assert words[words.index("-i") + 1] == "127.0.0.1"
    assert "--auth-token=-secret" in words, "in one word, as it may begin with a dash"
    assert words[words.index("--model") + 1] == str(model)


def test_rasa_gets_no_secret_and_no_telemetry() -> None:
    given = serve.environment({"PATH": "/bin", "HUIYIN_SECRET_KEY": "secret", "DATABASE_URL": "secret"})
    assert given["RASA_TELEMETRY_ENABLED"] == "false"
    assert given["PATH"] == "/bin"
    assert "secret" not in given.values()


@pytest.mark.parametrize("name", ["serve.py", "train.py"])
def test_the_launchers_helpers_need_nothing_but_python(name: str) -> None:
    tree = ast.parse((ROOT / "nlu" / name).read_text("utf-8"), feature_version=(3, 9))
    roots = {alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    roots |= {node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    assert roots <= {*sys.stdlib_module_names, "nlu"}
