"""Feishu's code → outcome. Refusals come with HTTP 200 as well. An unknown code = not delivered.

Sources: facts weibo-telegram-cap.md 4.2; open.feishu.cn, custom bot guide and general error codes.
"""

from collections.abc import Mapping

from connectors.http import Meaning
from policies.facts import Outcome


def table(throttled: float) -> Mapping[int, Meaning]:
    """By code; the pause in seconds."""
    return {
        9499: (Outcome.REFUSED, "请求格式不对 / bad request", None),
        11232: (Outcome.RETRY, "发送过快 / too fast", throttled),
        11233: (Outcome.RETRY, "发送过快 / too fast", throttled),
        19001: (Outcome.RECONNECT, "Webhook 地址无效 / the webhook address is not valid", None),
        19021: (Outcome.REFUSED, "签名不符，或服务器时钟差一小时以上 / the sign does not match, or the clock is an hour off", None),
        19022: (Outcome.RECONNECT, "服务器 IP 不在白名单 / this server's IP is not allowed", None),
        19024: (Outcome.REFUSED, "不含机器人要求的关键词（可设为“回音”） / the robot's keyword is missing (set it to 回音)", None),
        19036: (Outcome.RECONNECT, "机器人已停用 / the robot was stopped", None),
    }
