"""`manage.py nlu_thresholds`: from readings kept in a file to a rule pack with its evidence."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from bot.dialogue import choosing
from nlu.evaluation import readings
from policies.facts import Understanding
from policies.rulepack import FOLDER, parse


def seems(text: str, urgent: bool) -> Understanding:
    return Understanding("emergency" if urgent else "complaint", 0.9, "transport", 0.9, "rasa", emergency=0.9 if urgent else 0.001)


@pytest.fixture
def given(tmp_path: Path, settings: Any) -> dict[str, Any]:
    """A model that was read before, 3,000 real messages, and a copy of the pack."""
    settings.DATA = tmp_path
    model, real = tmp_path / "abc.tar.gz", tmp_path / "real"
    model.write_bytes(b"")
    real.mkdir()
    rows = [json.dumps({"text": f"第{number}号路口的灯坏了"}) for number in range(3000)]
    (real / "messages.jsonl").write_text("\n".join(rows), "utf-8")
    found = choosing.material(real)
    kept = [(text, text in set(found.urgent)) for text in {*found.urgent, *found.near, *found.messages, *found.noise}]
    (tmp_path / "readings").mkdir()
    lines = [json.dumps({"key": readings._key(text), "reading": asdict(seems(text, urgent))}) for text, urgent in kept]
    (tmp_path / "readings" / "abc.jsonl").write_text("\n".join([*lines, '{"key": "cut o']), "utf-8")
    pack = tmp_path / "triage.toml"
    pack.write_text((FOLDER / "triage.toml").read_text("utf-8"), "utf-8")
    return {"date": "2026-11-22", "model": model, "python": Path("/bin/sh"), "real": real, "pack": pack}


def run(given: dict[str, Any], *more: str) -> dict[str, Any]:
    options = [f"--{name}={value}" for name, value in given.items()]
    call_command("nlu_thresholds", *options, *more)
    return dict(parse(given["pack"].read_text("utf-8"), "pack")["thresholds"])


def test_the_pack_gets_the_values_with_day_model_and_figures(given: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    found = run(given)
    assert "recall 1.000" in capsys.readouterr().out
    assert all(found[name]["source"].startswith("[M] 2026-11-22 model abc: ") for name in ("emergency", "dismiss", "unclear_subject"))
    assert "0 of 3000 real messages dismissed" in found["dismiss"]["source"]


def test_only_told_nothing_is_written(given: dict[str, Any]) -> None:
    before = given["pack"].read_text("utf-8")
    run(given, "--dry-run")
    assert given["pack"].read_text("utf-8") == before


def test_without_real_messages_nothing_is_changed(given: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = given["pack"].read_text("utf-8")
    run({**given, "real": tmp_path / "none"})
    assert "nothing was changed" in capsys.readouterr().out
    assert given["pack"].read_text("utf-8") == before


def test_without_a_model_the_command_says_what_to_do(given: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="make run"):
        run({**given, "model": tmp_path / "none.tar.gz"})


def test_the_noise_is_the_same_every_time() -> None:
    assert choosing.noise(20) == choosing.noise(20)
    assert len(set(choosing.noise(200))) == 200
