"""Rasa beside the running ones: whoever comes up without its model is not waited for, and what cannot be read is no figure."""

import subprocess
import time
from pathlib import Path

import pytest

from bot.learning import rasa
from bot.learning.rasa import Process, RasaError
from tests.nlu.fake_rasa import TOKEN, running


def test_a_rasa_that_is_up_without_a_model_is_given_up_soon(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("No agent loaded.")
    started = time.monotonic()
    with running() as server, subprocess.Popen(["sleep", "60"]) as child:
        with pytest.raises(RasaError, match="No agent loaded"):
            rasa._until_up(child, Process(server.url, "wrong"), log, lambda: None)
        child.kill()
    assert time.monotonic() - started < 10


def test_readings_come_from_rasa_or_there_are_none() -> None:
    told: list[int] = []
    with running() as server:
        process = Process(server.url, TOKEN)
        found = rasa.read_all(process, ["哪里打疫苗", "", "路灯坏了"], lambda: None, told.append)
        assert [one.source for one in found] == ["rasa", "fallback", "rasa"] and told == [3]
        server.manner = "error"
        with pytest.raises(RasaError, match="2 条没有读出"):
            rasa.read_all(process, ["哪里打疫苗", "路灯坏了"], lambda: None, told.append)


def test_a_token_is_in_no_error_and_no_repr() -> None:
    process = Process("http://127.0.0.1:9", "a-secret-token")
    with pytest.raises(RasaError) as caught:
        rasa.model_of(process)
    assert "a-secret-token" not in str(caught.value) + repr(process)
