"""What each platform answers to a request, as its documentation has it."""

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.pretend_pagers.web import Got, Pretend


def _mac(key: str, message: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()).decode()


def dingtalk(pretend: "Pretend", got: "Got") -> dict[str, Any]:
    """POST /robot/send?access_token=&timestamp=&sign="""
    if pretend.secret and got.query.get("sign") != _mac(pretend.secret, f"{got.query.get('timestamp', '')}\n{pretend.secret}"):
        return {"errcode": 310000, "errmsg": "sign not match"}
    if got.body.get("msgtype") != "text" or not got.body["text"]["content"]:
        return {"errcode": 40035, "errmsg": "bad message"}
    return {"errcode": 0, "errmsg": "ok"}


def feishu(pretend: "Pretend", got: "Got") -> dict[str, Any]:
    """POST /open-apis/bot/v2/hook/TOKEN"""
    if pretend.secret and got.body.get("sign") != _mac(f"{got.body.get('timestamp', '')}\n{pretend.secret}", ""):
        return {"code": 19021, "msg": "sign match fail or timestamp is not within one hour from current time"}
    if got.body.get("msg_type") != "text" or not got.body["content"]["text"]:
        return {"code": 9499, "msg": "Bad Request"}
    return {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"}


def wecom_robot(pretend: "Pretend", got: "Got") -> dict[str, Any]:
    """POST /cgi-bin/webhook/send?key="""
    if not got.query.get("key"):
        return {"errcode": 93000, "errmsg": "invalid webhook url"}
    if len(got.body["text"]["content"].encode()) > 2048:
        return {"errcode": 45002, "errmsg": "content size out of limit"}
    return {"errcode": 0, "errmsg": "ok"}


def wecom_token(pretend: "Pretend", got: "Got") -> dict[str, Any]:
    """GET /cgi-bin/gettoken?corpid=&corpsecret="""
    if got.query.get("corpsecret") != "right-secret":
        return {"errcode": 40001, "errmsg": "invalid credential"}
    pretend.tokens_given += 1
    return {"errcode": 0, "errmsg": "ok", "access_token": pretend.token, "expires_in": 7200}


def wecom_app(pretend: "Pretend", got: "Got") -> dict[str, Any]:
    """POST /cgi-bin/message/send?access_token="""
    if got.query.get("access_token") != pretend.token:
        return {"errcode": 42001, "errmsg": "access_token expired"}
    if got.body["touser"] == "nobody":
        return {"errcode": 0, "errmsg": "ok", "invaliduser": "nobody", "msgid": "m1"}
    return {"errcode": 0, "errmsg": "ok", "msgid": "m1"}


def text_message(pretend: "Pretend", got: "Got") -> dict[str, Any]:
    """An operator's own interface: /sms/send"""
    return {"code": 0, "result": [{"status": "OK"}]}


ROUTES = {
    "/robot/send": dingtalk,
    "/open-apis/bot/v2/hook/": feishu,
    "/cgi-bin/webhook/send": wecom_robot,
    "/cgi-bin/gettoken": wecom_token,
    "/cgi-bin/message/send": wecom_app,
    "/sms/send": text_message,
}
