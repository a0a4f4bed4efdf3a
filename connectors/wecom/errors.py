"""WeCom's errcode → outcome. It always answers with HTTP 200. An unknown code = not delivered.

Sources: developer.work.weixin.qq.com/document/path/90313 (global codes), path/91770 (robot); facts weibo-telegram-cap.md 4.1.
"""

from collections.abc import Mapping

from connectors.http import Meaning
from policies.facts import Outcome

TOKEN_DEAD = frozenset({40014, 42001, 41001, 42009})
"""The access_token is wrong, expired or missing: fetched anew once."""


def table(over_limit: float, busy: float) -> Mapping[int, Meaning]:
    """By errcode; pauses in seconds."""
    dead, no, again = Outcome.RECONNECT, Outcome.REFUSED, Outcome.RETRY
    return {
        -1: (again, "平台繁忙 / the system is busy", busy),
        40001: (dead, "secret 不对 / wrong secret", None),
        40013: (dead, "企业 ID 不对 / wrong corp id", None),
        40014: (again, "access_token 失效 / access_token is not valid", None),
        40056: (dead, "应用 agentid 不对 / wrong agent id", None),
        40058: (no, "参数不合法 / a parameter is not allowed", None),
        41001: (again, "缺少 access_token / access_token missing", None),
        42001: (again, "access_token 过期 / access_token expired", None),
        42009: (again, "access_token 过期 / access_token expired", None),
        44004: (no, "内容为空 / the text is empty", None),
        45002: (no, "内容过长 / the text is too long", None),
        45009: (again, "发送过快 / too fast", over_limit),
        45033: (again, "并发过多 / too many at once", busy),
        48002: (dead, "应用没有发消息的权限 / the application may not send messages", None),
        60011: (no, "应用无权给此人发消息 / the application may not write to this person", None),
        60020: (dead, "服务器 IP 不在可信名单 / this server's IP is not trusted", None),
        81013: (no, "成员账号全部无效 / no valid receiver", None),
        82001: (no, "接收人为空或不在应用可见范围 / no receiver within the application's range", None),
        93000: (dead, "机器人 key 无效 / the robot's key is not valid", None),
        93004: (dead, "机器人已停用 / the robot was stopped", None),
        93008: (dead, "机器人不在群里 / the robot is not in the group", None),
        301002: (dead, "应用无权操作 / the application may not do this", None),
    }
