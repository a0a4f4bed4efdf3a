"""DingTalk's errcode → outcome. HTTP 200 says nothing: refusals come with it. An unknown code = not delivered."""

from connectors.http import Meaning
from policies.facts import Outcome


def table(refused_seconds: float, busy_seconds: float) -> dict[int, Meaning]:
    """By errcode. Sources: facts weibo-telegram-cap.md 4.2; open.dingtalk.com, server error codes."""
    return {
        -1: (Outcome.RETRY, "平台繁忙 / the platform is busy", busy_seconds),
        130101: (Outcome.RETRY, "发送过快，平台将拒收十分钟 / too fast, refused for ten minutes", refused_seconds),
        130103: (Outcome.RETRY, "该群消息过多 / too many messages in this group", busy_seconds),
        310000: (Outcome.REFUSED, "安全设置不符：加签、关键词或 IP / security settings do not match: sign, keyword or IP", None),
        300001: (Outcome.RECONNECT, "access_token 无效 / invalid access_token", None),
        300005: (Outcome.RECONNECT, "access_token 不存在 / access_token does not exist", None),
        400013: (Outcome.RECONNECT, "群已解散 / the group was dissolved", None),
        400101: (Outcome.RECONNECT, "access_token 不存在 / access_token does not exist", None),
        400102: (Outcome.RECONNECT, "机器人已停用 / the robot was stopped", None),
        410100: (Outcome.RETRY, "发送过快 / too fast", busy_seconds),
        430101: (Outcome.REFUSED, "含有不安全的外链 / contains an unsafe link", None),
        430102: (Outcome.REFUSED, "含有不合适的文本 / contains unsuitable text", None),
    }
