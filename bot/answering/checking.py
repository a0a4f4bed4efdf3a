"""Reading a reply before it is sent: what the office knows, put beside the words (policies.wording)."""

import hashlib
from collections.abc import Iterable, Sequence

from bot.answering.models import Canned, Variable
from bot.channels.models import Account
from bot.staff.actions import Invalid
from bot.staff.models import Department
from bot.tickets.models import Message, Ticket
from policies.masking import spots
from policies.wording import Finding, Level, Office, findings

CITIZENS_MESSAGES = 20  # of one ticket: the newest say what is asked
STOPPED = "答复中有必须改正之处，尚未发送。"
UNSURE = "请先看编辑框下的提示；确认无误，再按一次发送。"


class Doubt(Invalid):
    """A reply was not sent because of what was found in it. `accepted`: what to send along once a person has read the warnings."""

    def __init__(self, found: Sequence[Finding]) -> None:
        self.findings = tuple(found)
        self.accepted = fingerprint(found)
        super().__init__(STOPPED if any(one.level == Level.STOP for one in found) else UNSURE)


def check(ticket: Ticket, text: str) -> tuple[Finding, ...]:
    """What is to be looked at before this text answers the ticket."""
    rows = ticket.messages.filter(direction=Message.Direction.CITIZEN).order_by("-at", "-pk")
    said = "\n".join(reversed(rows.values_list("text", flat=True)[:CITIZENS_MESSAGES]))
    return findings(text, said, office_of(ticket.department, said))


def office_of(department: Department, said: str = "") -> Office:
    """What the check knows of this department's office: all names in use, and the numbers its ready-made texts make public."""
    rows = list(Department.objects.values_list("name", "is_active"))
    names = {name for name, active in rows if active} | set(Account.objects.values_list("name", flat=True))
    former = {name for name, active in rows if not active} - names
    return Office(frozenset(names), frozenset(former), public_numbers(department), department.name, said)


def public_numbers(department: Department) -> frozenset[str]:
    """The numbers in the ready-made texts and variables that serve this department: put there to be told."""
    over = serving(department)
    texts = [*Canned.objects.filter(department__code__in=over).values_list("text", flat=True)]
    texts += Variable.objects.filter(department__code__in=over).values_list("value", flat=True)
    return frozenset(spot.digits for text in texts for spot in spots(text))


def serving(department: Department) -> list[str]:
    """The codes of the departments whose texts and switches serve this one, the nearest first: itself and all above."""
    return list(reversed(department.path.strip("/").split("/")))


def fingerprint(found: Iterable[Finding]) -> str:
    """A name for a set of findings: whoever accepted these has not accepted others."""
    listed = sorted(f"{one.code}\n{one.excerpt}" for one in found)
    return hashlib.sha256("\n\n".join(listed).encode()).hexdigest()[:24]


def demand_sound(found: Sequence[Finding], accepted: str) -> None:
    """Raise Doubt for anything that stops, and for warnings nobody has accepted."""
    if any(one.level == Level.STOP for one in found) or (found and accepted != fingerprint(found)):
        raise Doubt(found)


def demand_public(department: Department, text: str) -> None:
    """Raise Invalid for what may not go to many at once: personal data, unfilled blanks."""
    stops = [one.excerpt for one in findings(text, "", office_of(department)) if one.level == Level.STOP]
    if stops:
        raise Invalid(f"答复中有个人信息或未填的空（{'、'.join(stops)[:60]}），没有发送。")
