"""Ask Rasa what texts mean. Never raises, never waits longer than its limit: what Rasa does not say, the words decide."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import httpx

from nlu import answer, fallback
from nlu.breaker import Breaker
from nlu.loop import Loop
from nlu.pool import EACH, Pool, Server, servers
from nlu.prepare import MAX_CHARS, prepare
from nlu.subjects import all_subjects, topics
from policies.facts import Understanding

MAX_ANSWER_BYTES = 512 * 1024
SECONDS_A_TEXT = 0.02  # how much a batch's limit grows with each text: five times what Rasa needs


@dataclass(frozen=True, slots=True)
class Status:
    """What one Rasa process says about itself. `url` carries no token."""

    url: str
    ok: bool
    model_file: str = ""
    model_id: str = ""
    breaker: str = ""
    error: str = ""


class _NoAnswerError(Exception):
    """One Rasa process did not give a usable answer; the text says why, without address and token."""


class Rasa:
    """One or several Rasa processes that serve the same model. Safe to share between threads."""

    def __init__(
        self,
        urls: str | Sequence[str],
        token: str | Sequence[str],
        *,
        timeout: float = 0.8,
        failures: int = 3,
        pause: float = 5.0,
        max_chars: int = MAX_CHARS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`urls`: origins such as http://127.0.0.1:5005 (a comma-separated text will do; empty = no Rasa, words only).

        `token`: one for all, or one for each in their order. `timeout`: seconds for one text.
        `failures` in a row keep a process out for `pause` seconds.
        """
        self._servers = servers(urls, token, lambda: Breaker(clock, failures=failures, pause=pause))
        self._pool, self._owner = Pool(self._servers), 0
        self._timeout, self._max_chars, self._clock = timeout, max_chars, clock
        self._subjects, self._topics = frozenset(all_subjects()), frozenset(topics())
        self._loop = Loop()

    def __repr__(self) -> str:
        """Without the token."""
        return f"Rasa({', '.join(server.url for server in self._servers)})"

    def understand(self, texts: Sequence[str], limit: float | None = None) -> list[Understanding]:
        """One Understanding for each text, in their order; two requests at once for each process.

        `limit`: seconds for all of them together (default: one time-out and a little for each text). What is not answered
        by then, and whatever goes wrong, is decided by `nlu.fallback`; its `note` says why.
        """
        if not texts:
            return []
        allowed = limit if limit is not None else self._timeout + SECONDS_A_TEXT * len(texts)
        found: list[Understanding | str] = ["time ran out"] * len(texts)
        try:
            work = self._loop.submit(self._all(texts, found, allowed))
        except RuntimeError as error:  # no thread can be started any more
            found = [type(error).__name__] * len(texts)
        else:
            self._wait(work.result, allowed)
        return [_complete(text, one) for text, one in zip(texts, list(found), strict=True)]

    @staticmethod
    def _wait(result: Callable[[float], None], allowed: float) -> None:
        with contextlib.suppress(Exception):  # whatever it was, the texts without an answer go to the fallback
            result(allowed + 0.1)  # the loop itself keeps the limit; this guards against a loop that is stuck

    async def _all(self, texts: Sequence[str], found: list[Understanding | str], allowed: float) -> None:
        waiting = iter(range(len(texts)))

        async def worker() -> None:
            for place in waiting:
                found[place] = await self._one(texts[place])

        crew = [asyncio.create_task(worker()) for _ in range(min(EACH * max(1, len(self._servers)), len(texts)))]
        _, late = await asyncio.wait(crew, timeout=allowed)
        for task in late:
            task.cancel()
        await asyncio.gather(*crew, return_exceptions=True)

    async def _one(self, text: str) -> Understanding | str:
        """The Understanding, or why there is none."""
        plain = prepare(text, self._max_chars)
        if not plain:
            return "没有可识别的文字"
        pool = self._own_pool()
        server = await pool.take()
        if server is None:
            return "Rasa 无应答，按关键词判断" if self._servers else "未配置 Rasa，按关键词判断"
        try:
            return await self._try(server, plain)
        finally:
            pool.give(server)

    async def _try(self, server: Server, text: str) -> Understanding | str:
        started = self._clock()
        try:
            async with asyncio.timeout(self._timeout):
                understood = await self._ask(server, text)
        except asyncio.CancelledError:
            # the caller's limit ended it: only a wait that was long in itself says something about the server
            (server.breaker.failure if self._clock() - started > self._timeout / 2 else server.breaker.abandon)()
            raise
        except Exception as error:  # nothing is raised through: a person's message is waiting
            server.breaker.failure()
            return _reason(error)
        server.breaker.success()
        return understood

    def _own_pool(self) -> Pool:
        """The pool of this process's loop: after a fork nobody waits in the old one."""
        if self._owner != self._loop.generation:
            for server in self._servers:
                server.busy = 0
            self._pool, self._owner = Pool(self._servers), self._loop.generation
        return self._pool

    async def _ask(self, server: Server, text: str) -> Understanding:
        response = await self._call(server, "POST", "/model/parse", {"text": text})
        return answer.read(response, self._subjects, self._topics)

    async def _call(self, server: Server, method: str, path: str, body: dict[str, str] | None = None) -> object:
        client = self._client(server)
        async with client.stream(method, server.url + path, params={"token": server.token}, json=body) as response:
            if response.status_code != httpx.codes.OK:
                raise _NoAnswerError(f"HTTP {response.status_code}")
            content = bytearray()
            async for chunk in response.aiter_bytes():
                content += chunk
                if len(content) > MAX_ANSWER_BYTES:
                    raise _NoAnswerError("answer too large")
        return httpx.Response(200, content=bytes(content)).json()

    def _client(self, server: Server) -> httpx.AsyncClient:
        process = self._loop.generation
        if process not in server.clients:
            limits = httpx.Limits(max_connections=32, max_keepalive_connections=8, keepalive_expiry=4)  # Rasa closes idle ones at 5 s
            server.clients = {process: httpx.AsyncClient(timeout=self._timeout, trust_env=False, follow_redirects=False, limits=limits)}
        return server.clients[process]

    def status(self, model_file: str = "") -> list[Status]:
        """Each process's own report, whatever its breaker says. `model_file`: the file name each ought to have loaded.

        Rasa silently loads another model when the named one is missing, so a different name is not ok. Never raises.
        """
        return [self._status(server, model_file) for server in self._servers]

    def _status(self, server: Server, wanted: str) -> Status:
        shown = Status(server.url, False, breaker=server.breaker.state)
        try:
            report = self._loop.submit(asyncio.wait_for(self._call(server, "GET", "/status"), self._timeout)).result(self._timeout + 0.5)
        except Exception as error:  # the report is the answer
            return replace(shown, error=_reason(error))
        if not isinstance(report, dict):
            return replace(shown, error="not an object")
        loaded, model = str(report.get("model_file") or ""), str(report.get("model_id") or "")
        wrong = bool(wanted) and loaded != wanted
        problem = f"serves another model: {loaded}" if wrong else "" if loaded else "no model loaded"
        return replace(shown, ok=not problem, model_file=loaded, model_id=model, error=problem)


def _complete(text: str, one: Understanding | str) -> Understanding:
    """Rasa's reading with the entities of the text itself; without one (`one` says why), the reading by words."""
    if isinstance(one, str):
        return fallback.understand(text, one)
    return replace(one, entities=answer.entities_of(text, prepare(text), one.entities))


def _reason(error: Exception) -> str:
    """Why there is no answer, in words that carry neither address nor token."""
    if isinstance(error, _NoAnswerError):
        return f"Rasa 出错，按关键词判断：{error}"
    if isinstance(error, answer.WrongAnswerError):
        return f"Rasa 答复有误，按关键词判断: {error}"
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return "Rasa 过慢，按关键词判断"
    if isinstance(error, httpx.TransportError):
        return "Rasa 无应答，按关键词判断"
    return f"Rasa 出错，按关键词判断：{type(error).__name__}"
