"""Holding three books against each other: what was promised, what the database says, what the phones show."""

import json
import subprocess
import sys
import time
from collections import Counter
from typing import Any

import httpx

from tests.chaos.traffic import Traffic
from tests.engines.children import ROOT
from tests.journeys.stack import Stack

BUSY = "queued,sending,retry,pending"


def read_ledger(stack: Stack) -> dict[str, Any]:
    """The database's book."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos.ledger"], cwd=ROOT, env=dict(stack.env), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def phones(stack: Stack) -> Counter[str]:
    """How often each text arrived on phones. Texts of replies are unique, those of automatic answers name their ticket."""
    answer = httpx.get(f"{stack.sandbox}/sim/outbox", timeout=30).json()
    assert not answer["dropped"], "the sandbox forgot rows"
    return Counter(f"{row['account']} {row['text']}" for row in answer["rows"])


def wait_until_quiet(stack: Stack, api: httpx.Client, seconds: float) -> bool:
    """Until every message is read and nothing is on its way, and stays so for a moment. False when that did not come."""
    until, since = time.monotonic() + seconds, 0.0
    while time.monotonic() < until:
        try:
            busy = api.get("/deliveries", params={"state": BUSY, "limit": 1}).json()["items"]
            arriving = api.get("/balance").json()["arriving"]
            calls = httpx.get(f"{stack.sandbox}/sim/stats", timeout=10).json()["busy"]
        except (httpx.HTTPError, KeyError, ValueError):
            busy = [None]
        since = since or time.monotonic() if not (busy or arriving or calls) else 0.0
        if since and time.monotonic() - since > 0.5:
            return True
        time.sleep(0.1)
    return False


def settle_unknown(stack: Stack, supervisor: httpx.Client) -> int:
    """Do as a person would with the list of unknown deliveries: look at the phone, say what is there. Returns how many were listed."""
    shown = all_items(supervisor, "/deliveries", state="unknown")
    book, seen = read_ledger(stack), phones(stack)
    unknown = {row["id"]: row for row in book["deliveries"] if row["state"] == "unknown"}
    assert set(unknown) <= {row["id"] for row in shown}, "an unknown delivery is not listed"
    certain = Counter(f"{row['account_id']} {row['text']}" for row in book["deliveries"] if row["state"] == "sent")
    for number, row in unknown.items():
        place = f"{row['account_id']} {row['text']}"
        arrived = seen[place] > certain[place]
        certain[place] += arrived
        answer = supervisor.post(f"/deliveries/{number}/settle", json={"outcome": "sent" if arrived else "not_sent"})
        assert answer.status_code in (200, 409), answer.text  # 409: the machine's own look at the platform was faster
    return len(unknown)


def all_items(api: httpx.Client, path: str, **query: Any) -> list[dict[str, Any]]:
    """Every row of a paged list."""
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = api.get(path, params={**query, "limit": 200, "cursor": cursor}).json()
        found += answer["items"]
        cursor = answer["next"]
    return found


def broken_promises(traffic: Traffic, book: dict[str, Any], seen: Counter[str]) -> list[str]:
    """What was lost, doubled or left without a place, in words; empty = every promise was kept."""
    found = [*traffic.failures]
    stored = Counter((row["account_id"], row["text"]) for row in book["inbound"])
    for said in traffic.said:
        times = stored[said.account, said.text]
        if times > 1 or (said.acknowledged and times != 1):
            found.append(f"message acknowledged={said.acknowledged} is stored {times} times: {said.text}")
    found += [f"message has no ticket ({row['state']}): {row['text']}" for row in book["inbound"] if row["ticket"] is None]
    found += _replies(traffic, book, seen)
    balance = book["balance"]
    if balance["difference"] or balance["arriving"]:
        found.append(f"balance {balance}")
    if not book["record_whole"]:
        found.append("the record is broken")
    return found


def _replies(traffic: Traffic, book: dict[str, Any], seen: Counter[str]) -> list[str]:
    found = []
    arrived: Counter[str] = Counter()
    for place, times in seen.items():
        arrived[place.partition(" ")[2]] += times
    deliveries = {row["text"]: row for row in book["deliveries"]}
    for text in traffic.accepted:
        if arrived[text] != 1:
            found.append(f"accepted reply arrived {arrived[text]} times: {deliveries.get(text)}")
    meant = Counter(f"{row['account_id']} {row['text']}" for row in book["deliveries"] if row["state"] == "sent")
    found += [f"arrived {times} times, {meant[place]} on record as sent: {place}" for place, times in seen.items() if times > meant[place]]
    found += [f"still {row['state']}: {row}" for row in book["deliveries"] if row["state"] not in ("sent", "withdrawn")]
    return found
