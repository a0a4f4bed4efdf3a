"""Holding three books against each other: what was promised, what the database says, what the phones show."""

import json
import re
import subprocess
import sys
import time
import uuid
from collections import Counter
from typing import Any

import httpx

from tests.chaos.traffic import Traffic
from tests.engines.children import ROOT
from tests.journeys.stack import Stack

BUSY = "queued,sending,retry,pending"
VISITS = 10
NOTICE = "[服务通知]"
NUMBER = re.compile(r"\d{8}-\d{6}")


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
    return Counter(place(row["account"], row["text"], NOTICE in row["text"]) for row in answer["rows"])


def place(account: str, text: str, notice: bool) -> str:
    """How one message is called in both books. A platform words its notices itself; the ticket's number stands in them."""
    number = NUMBER.search(text) if notice else None
    return f"{account} {NOTICE} {number[0]}" if number else f"{account} {text}"


def _place_of(row: dict[str, Any]) -> str:
    return place(row["account_id"], row["text"], row["kind"] == "announcement")


def wait_until_quiet(stack: Stack, api: httpx.Client, seconds: float) -> bool:
    """Until every message is read and nothing is on its way, and stays so for a moment.

    False when for so many seconds nothing was finished: what platforms let pass slowly may take longer than that.
    """
    least, until, since = 1 << 30, time.monotonic() + seconds, 0.0
    while time.monotonic() < until:
        try:
            left = len(all_items(api, "/deliveries", state=BUSY)) + int(api.get("/balance").json()["arriving"])
            left += int(httpx.get(f"{stack.sandbox}/sim/stats", timeout=10).json()["busy"])
        except (httpx.HTTPError, KeyError, ValueError):
            left = least
        if left < least:
            least, until = left, time.monotonic() + seconds
        since = since or time.monotonic() if not left else 0.0
        if since and time.monotonic() - since > 0.5:
            return True
        time.sleep(0.2)
    return False


def everybody_comes_back(stack: Stack, traffic: Traffic, api: httpx.Client, seconds: float) -> int:
    """Where replies are held, those who wrote write once more, until nothing is held: each visit lets a few go.

    Returns how many were held.
    """
    held = first = _held(stack)
    for visit in range(VISITS):
        if not held:
            break
        for account, citizen in sorted({(said.account, said.citizen) for said in traffic.said}):
            if account in held:
                traffic.say(account, citizen, f"请问我的事情办得怎么样了？第{visit + 1}次来问，编号{uuid.uuid4().hex}")
        wait_until_quiet(stack, api, seconds)
        held = _held(stack)
    return first.total()


def held_wrongly(stack: Stack) -> list[str]:
    """Replies of ours that wait for a window or a quota although the platform, by its own count, would take one more, in words."""
    rows = httpx.get(f"{stack.sandbox}/sim/windows", timeout=30).json()["rows"]
    left = {(row["account"], row["citizen"]): row["left"] for row in rows}
    held = [row for row in read_ledger(stack)["deliveries"] if row["state"] == "held" and row["hold"] in ("window", "quota")]
    return [f"held, and the platform would take {free}: {row}" for row in held if (free := left.get((row["account_id"], row["citizen"])))]


def _held(stack: Stack) -> Counter[str]:
    """How many replies of people wait for their citizens, by account."""
    return Counter(row["account_id"] for row in read_ledger(stack)["deliveries"] if row["state"] == "held")


def settle_unknown(stack: Stack, supervisor: httpx.Client) -> int:
    """Do as a person would with the list of unknown deliveries: look at the phone, say what is there. Returns how many were listed."""
    shown = all_items(supervisor, "/deliveries", state="unknown")
    book, seen = read_ledger(stack), phones(stack)
    unknown = {row["id"]: row for row in book["deliveries"] if row["state"] == "unknown"}
    assert set(unknown) <= {row["id"] for row in shown}, "an unknown delivery is not listed"
    certain = Counter(_place_of(row) for row in book["deliveries"] if row["state"] == "sent")
    for number, row in unknown.items():
        name = _place_of(row)
        arrived = seen[name] > certain[name]
        certain[name] += arrived
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
    for name, times in seen.items():
        arrived[name.partition(" ")[2]] += times
    deliveries = {row["text"]: row for row in book["deliveries"]}
    for text in traffic.accepted:
        if arrived[text] != 1:
            found.append(f"accepted reply arrived {arrived[text]} times: {deliveries.get(text)}")
    meant = Counter(_place_of(row) for row in book["deliveries"] if row["state"] == "sent")
    found += [f"arrived {times} times, {meant[name]} on record as sent: {name}" for name, times in seen.items() if times > meant[name]]
    found += [f"still {row['state']}: {row}" for row in book["deliveries"] if row["state"] not in ("sent", "withdrawn")]
    return found
