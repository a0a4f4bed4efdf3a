"""The webhook: is it Telegram, is it readable, what does it say.

Telegram's pushes carry no time stamp and no signature, only the secret we gave to setWebhook. The defence against
replays is therefore the dedup by `update_id`; age is noted in `detail["late"]` and never a reason to drop, because
Telegram keeps what it could not deliver for 24 hours.
"""

import hmac
from datetime import datetime

from connectors.contract import Answer, Inbound, Reading, Rejected
from connectors.telegram.keys import Keys, keys_of
from connectors.telegram.limits import DATA
from connectors.telegram.payload import parse
from connectors.telegram.updates import event_of
from policies.facts import QUESTION_KINDS, AccountFacts, EventKind

HEADER = "x-telegram-bot-api-secret-token"
_ANSWERABLE = QUESTION_KINDS | {EventKind.FOLLOW, EventKind.MENU}


def read(request: Inbound, account: AccountFacts, now: datetime) -> Reading:
    """Verify on raw bytes, then read one update.

    Refused: 405 not a POST; 403 wrong secret, or none set for the account; 413 too large; 415 a stated content type
    that is not JSON (a missing one is let pass, the body must parse anyway); 400 not a JSON object with an update_id.
    Everything else is stored and acknowledged with 200, as UNKNOWN where its shape is not known.
    """
    keys = keys_of(account)
    _believe(request, keys)
    _readable(request)
    event = event_of(parse(request.body), keys, now)
    return Reading(Answer(), (event,))


def _believe(request: Inbound, keys: Keys) -> None:
    if request.method != "POST":
        raise Rejected(405, "Telegram only ever posts")
    if not keys.secret:
        raise Rejected(403, "no secret_token is set for this account")
    given = request.headers.get(HEADER, "").encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(given, keys.secret.encode("utf-8", "surrogatepass")):
        raise Rejected(403, "wrong secret token")


def _readable(request: Inbound) -> None:
    if len(request.body) > DATA["webhook"]["body_max_bytes"]:
        raise Rejected(413, "body too large")
    stated = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if stated not in ("", "application/json"):
        raise Rejected(415, "content type is not application/json")
