"""`manage.py replay` against the sandbox and the echo webhook."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.connectors.sandbox.conftest import Sim


def lines(folder: Path, *rows: object) -> Path:
    path = folder / "stream.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


def row(n: int, citizen: str = "甲", **more: Any) -> dict[str, Any]:
    return {"sent": f"2020-01-01 00:00:{n:02d}", "citizen": citizen, "title": f"题{n}", "text": f"文{n}", **more}


def replay(sim: Sim, path: Path, **options: Any) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("replay", path, sandbox=sim.base, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def test_messages_arrive_in_order_with_title_and_text(sim: Sim, tmp_path: Path) -> None:
    sim.account("wechat")
    out, _ = replay(sim, lines(tmp_path, *(row(n) for n in range(20))))
    assert [text for _, text in sim.bubbles("甲")] == [f"题{n}\n文{n}" for n in range(20)]
    assert "sent 20, acknowledged 20" in out and "errors 0" in out


def test_a_citizen_stays_on_one_account_and_citizens_spread(sim: Sim, tmp_path: Path) -> None:
    sim.account("wechat")
    sim.account("weibo", "a2")
    replay(sim, lines(tmp_path, *(row(n % 60, f"市民{n % 20}") for n in range(80))))
    seen = {(entry["citizen"], entry["account"]) for entry in sim.get("/sim/log")["rows"]}
    assert (len(seen), {account for _, account in seen}) == (20, {"a1", "a2"})


def test_bad_lines_are_named_and_not_fatal(sim: Sim, tmp_path: Path) -> None:
    sim.account("wechat")
    bad = ["{", "[]", row(1, sent="soon"), row(1, ""), row(1, title="", text=" ")]
    out, err = replay(sim, lines(tmp_path, row(0), *bad, row(2)))
    assert "sent 2, acknowledged 2" in out and "bad lines 5" in out
    assert [f"line {n}:" in err for n in range(2, 7)] == [True] * 5


def test_the_limit_and_the_platform_are_kept(sim: Sim, tmp_path: Path) -> None:
    sim.account("wechat")
    sim.account("weibo", "a2")
    replay(sim, lines(tmp_path, *(row(n, f"市民{n}") for n in range(10))), limit=4, platform="weibo")
    assert [entry["account"] for entry in sim.get("/sim/log")["rows"]] == ["a2"] * 4


def test_speed_is_a_factor_on_the_files_times(sim: Sim, tmp_path: Path) -> None:
    sim.account("wechat")
    replay(sim, lines(tmp_path, row(0), row(10)), speed="20")
    times = [entry["time"] for entry in sim.get("/sim/log")["rows"]]
    assert 0.4 <= times[1] - times[0] <= 2


def test_a_refusing_webhook_ends_with_code_1_and_the_reason(sim: Sim, tmp_path: Path) -> None:
    sim.account("wechat")
    sim.echo.answer = lambda _: (500, b"")
    out = io.StringIO()
    with pytest.raises(SystemExit) as caught:
        call_command("replay", lines(tmp_path, row(0)), sandbox=sim.base, stdout=out)
    assert caught.value.code == 1
    assert "1 × webhook: status 500" in out.getvalue()


@pytest.mark.parametrize("options", [{"speed": "fast"}, {"speed": "0"}, {"concurrency": 0}, {"account": ["none"]}, {"platform": "weibo"}])
def test_senseless_options_are_refused(sim: Sim, tmp_path: Path, options: dict[str, Any]) -> None:
    sim.account("wechat")
    with pytest.raises(CommandError):
        replay(sim, lines(tmp_path, row(0)), **options)


def test_a_missing_sandbox_is_a_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no sandbox answers"):
        call_command("replay", lines(tmp_path, row(0)), sandbox="http://127.0.0.1:9")
