"""The pretend platforms of the city: a process of their own, outside of what is killed, with a journal of all they accepted.

They answer the calls that the real connectors make, over real connections. Their journal is the judge of whether a reply
reached a citizen twice.
"""

import asyncio
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from tests.city.plan import PLATFORMS, Outage, Plan
from tests.city.wire import Answer, Call, Line
from tests.city.world import World

LOOK_SECONDS = 0.02  # how often the doors look at the city's clock
PAGERS = "pagers"  # the staff's chat programs: one origin for all of them
REFUSED, UNSURE = 0.04, 0.01  # shares of calls to a robot that are refused with HTTP 200, or taken without an answer
LINK = re.compile(r"/a/([A-Za-z0-9._-]+)")
CITY = "city"  # the door by which the engine's own people look at citizens' phones


class Platforms:
    """What all platforms know. `heard`: how often each text reached each citizen."""

    def __init__(self, world: World, plan: Plan) -> None:
        self._world, self._plan = world, plan
        self._dice = random.Random(plan.seed + 1)
        self._heard: Counter[tuple[str, str]] = Counter()
        self._said: dict[str, list[dict[str, Any]]] = {}  # by public post: our comments under it
        self._numbers = 10**15
        self._pages: list[dict[str, Any]] = []
        self._roads: dict[str, Callable[[Call], Any]] = {
            "wechat": self._wechat,
            "weibo": self._weibo,
            "telegram": self._telegram,
            PAGERS: self._pager,
            CITY: self._city,
        }

    def away(self, platform: str) -> Outage | None:
        """The outage that is on."""
        now = self._world.now
        return next((row for row in self._plan.outages if row.platform == platform and row.begins <= now < row.ends), None)

    def answer(self, platform: str) -> Answer:
        """How this platform answers."""

        def answered(call: Call) -> bytes | None:
            outage, lost = self.away(platform), self._dice.random() < self._losses(platform)
            if outage and (outage.mode == "refused" or self._dice.random() < 0.5):
                return None  # cut before anything was read
            found = self._roads[platform](call)
            return None if lost or outage else json.dumps(found, ensure_ascii=False).encode()

        return answered

    def _losses(self, platform: str) -> float:
        return {CITY: 0.0, PAGERS: UNSURE}.get(platform, self._plan.losses)

    def _hear(self, platform: str, citizen: str, text: str, **detail: Any) -> int:
        self._numbers += 1
        self._heard[citizen, text] += 1
        self._world.note("platform", at=self._world.now, platform=platform, citizen=citizen, text=text, **detail)
        return self._numbers

    def _wechat(self, call: Call) -> dict[str, Any]:
        if call.path.endswith("/stable_token"):
            return {"access_token": f"T-{call.json().get('appid')}", "expires_in": 7200}
        if call.path.endswith("/message/custom/send"):
            said = call.json()
            return {"errcode": 0, "errmsg": "ok", "msgid": self._hear("wechat", str(said["touser"]), said["text"]["content"])}
        return {"errcode": 48001, "errmsg": "api unauthorized"}  # this city's accounts have no chat record to ask

    def _weibo(self, call: Call) -> Any:
        form = call.fields()
        if call.path == "/2/messages/reply.json":
            number = self._hear("weibo", str(form["receiver_id"]), json.loads(form["data"])["text"])
            return {"result": True, "msg_id": str(number)}
        if call.path in ("/2/comments/reply.json", "/2/comments/create.json"):
            return self._comment(form)
        if call.path in ("/2/comments/show.json", "/2/comments/by_me.json"):
            return {"comments": self._said.get(call.query.get("id", ""), [])[-50:]}
        return {"error": "unsupported", "error_code": 10020}

    def _comment(self, form: dict[str, Any]) -> dict[str, Any]:
        number = self._hear("weibo", f"post {form['id']}", form["comment"])
        written = f"{self._world.now:%a %b %d %H:%M:%S +0000 %Y}"
        made = {"id": number, "idstr": str(number), "text": form["comment"], "created_at": written, "user": {"idstr": "1000000001"}}
        made |= {"status": {"idstr": str(form["id"])}} | ({"reply_comment": {"idstr": str(form["cid"])}} if "cid" in form else {})
        self._said.setdefault(str(form["id"]), []).append(made)
        return made

    def _telegram(self, call: Call) -> dict[str, Any]:
        form = call.fields()
        if call.path.endswith("/sendMessage"):
            number = self._hear("telegram", str(form["chat_id"]), str(form["text"]))
            return {"ok": True, "result": {"message_id": number - 10**15, "chat": {"id": int(form["chat_id"]), "type": "private"}}}
        return {"ok": False, "error_code": 404, "description": "Not Found"}

    def _pager(self, call: Call) -> dict[str, Any]:
        """WeCom's application, DingTalk's and Feishu's robots: they answer HTTP 200 whatever they think of it."""
        if call.path.endswith("/gettoken"):
            return {"errcode": 0, "errmsg": "ok", "access_token": "city-token", "expires_in": 7200}
        means, to, text = _addressed(call.json())
        if self._dice.random() < REFUSED:
            return {"errcode": 310000, "code": 19024}
        found = LINK.search(text)
        row = {"at": str(self._world.now), "means": means, "to": to, "token": found[1] if found else ""}
        self._pages.append(row)
        self._world.note("phones", **row)
        return {"errcode": 0, "code": 0}

    def _city(self, call: Call) -> Any:
        """`/heard`: how often a citizen got a text. `/passive`: answers that went back in the webhook's own response.

        `/pages`: what came to the staff's phones after the first so many.
        """
        asked = call.json()
        if call.path == "/pages":
            return self._pages[asked["since"] :]
        if call.path == "/passive":
            for platform, citizen, text in asked:
                self._hear(platform, citizen, text, via="webhook")
            return {"ok": True}
        return {"times": self._heard[asked["citizen"], asked["text"]]}


def _addressed(said: dict[str, Any]) -> tuple[str, str, str]:
    """Means, user name and text of a message to staff. A mobile number ends with the person's own."""
    if "touser" in said:
        return "wecom-app", str(said["touser"]), str(said["text"]["content"])
    if "at" in said:
        return "dingtalk", f"p{int(said['at']['atMobiles'][0][3:]):02d}", str(said["text"]["content"])
    text = str(said["content"]["text"])
    return "feishu", text.split('"')[1], text


class Door:
    """One platform's port: closed while the platform is away, so that calls are truly refused."""

    def __init__(self, platform: str, port: int, town: Platforms) -> None:
        self._platform, self._port, self._town = platform, port, town
        self._lines: set[Line] = set()
        self._server: asyncio.Server | None = None

    async def look(self) -> None:
        """Open or close as the city's clock says."""
        outage = self._town.away(self._platform)
        closed = outage is not None and outage.mode == "refused"
        if closed and self._server is not None:
            self._server.close()
            for line in list(self._lines):
                if line.transport is not None:
                    line.transport.abort()
            self._server = None
        elif not closed and self._server is None:
            answer = self._town.answer(self._platform)
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(lambda: Line(answer, self._lines), "127.0.0.1", self._port)


def serve(world: World, plan: Plan, ports: Sequence[int]) -> None:
    """Answer on these ports (the platforms' and the city's own) until killed."""

    async def run() -> None:
        town = Platforms(world, plan)
        doors = [Door(name, port, town) for name, port in zip((*PLATFORMS, PAGERS, CITY), ports, strict=True)]
        while True:
            for door in doors:
                await door.look()
            if not (world.folder / "ready").exists():
                (world.folder / "ready").touch()
            await asyncio.sleep(LOOK_SECONDS)

    asyncio.run(run())
