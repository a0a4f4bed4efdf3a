"""From a gateway's answer to an outcome. Its codes are its own: what is not the success that was agreed on is a refusal."""

from connectors.http import Response
from connectors.sms.template import succeeded
from policies.facts import Outcome, Result


def judged(answer: Response | Result, test: str) -> Result:
    """What the answer says. Too many requests and a gateway in trouble are for now, everything else is for good."""
    if isinstance(answer, Result):
        return answer
    well, code = succeeded(test, answer.status, answer.content)
    if well:
        return Result(Outcome.SENT, code=code)
    if answer.status == 429:
        return Result(Outcome.RETRY, code=code, error="短信通道发送过快 / the gateway says: too fast")
    if answer.status in (401, 403):
        return Result(Outcome.RECONNECT, code=code, error="短信通道拒绝了凭据 / the gateway refused the credentials")
    if answer.status >= 500:
        return Result(Outcome.UNKNOWN, code=code, error="短信通道故障 / the gateway is in trouble")
    return Result(Outcome.REFUSED, code=code, error="短信通道没有返回约定的成功结果 / not the agreed success")
