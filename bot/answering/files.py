"""Files that go with a reply. No platform takes them all, so each goes as a link: the citizen fetches it on the query page."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePath

from django.conf import settings
from django.db import transaction

from bot.answering.models import Upload
from bot.audit.actions import Fact, record
from bot.conflict import Conflict
from bot.outbox.models import Delivery
from bot.staff.access import Actor
from bot.staff.actions import Invalid
from bot.tickets.actions import locked, refuse_ended
from bot.tickets.fetching import folder
from bot.tickets.models import Ticket
from policies.answering import FILE_BYTES, FILES_MOST, file_type
from policies.masking import spots
from policies.roles import Right

NAME_MAX = 120


@transaction.atomic
def add(actor: Actor, ticket: Ticket, name: str, content: bytes, now: datetime) -> Upload:
    """Keep a file for the actor's next reply to this ticket. Raises Conflict, Denied, Invalid."""
    ticket, name = locked(ticket), _clean(name)
    actor.demand(Right.REPLY, ticket.department)
    refuse_ended(ticket)
    mime = _checked(name, content)
    if len(pending(actor.person_id, ticket)) >= FILES_MOST:
        raise Invalid(f"一份答复最多附 {FILES_MOST} 个文件。")
    path = secrets.token_hex(16)
    folder().mkdir(parents=True, exist_ok=True)
    (folder() / path).write_bytes(content)
    row = Upload.objects.create(ticket=ticket, person_id=actor.person_id, name=name, mime=mime, size=len(content), path=path, at=now)
    record(
        now, Fact(actor.username, "ticket.file_added", "ticket", ticket.number, ticket.department_id, {"name": name, "size": len(content)})
    )
    return row


def _clean(name: str) -> str:
    """The name without a path and without signs that nobody sees, its ending kept."""
    bare = "".join(sign for sign in PurePath(name.replace("\\", "/")).name if sign.isprintable()).strip()
    stem, dot, ending = bare.rpartition(".")
    return f"{stem[: NAME_MAX - len(ending) - 1]}{dot}{ending}"[-NAME_MAX:]


def _checked(name: str, content: bytes) -> str:
    if not content:
        raise Invalid("文件是空的。")
    if len(content) > FILE_BYTES:
        raise Invalid("文件过大（最多 5 MB）。")
    if spots(name):
        raise Invalid("文件名中有个人信息，请改名后再添加。")
    mime = file_type(name, content)
    if not mime:
        raise Invalid("只能附上图片、PDF、Word（docx）或 Excel（xlsx）文件，内容须与扩展名一致。")
    return mime


@transaction.atomic
def remove(actor: Actor, row: Upload, now: datetime) -> None:
    """Take a file away before it is sent. Raises Conflict, Denied."""
    ticket = locked(row.ticket)
    actor.demand(Right.REPLY, ticket.department)
    gone, _ = Upload.objects.filter(pk=row.pk, person=actor.person_id, message=None).delete()
    if not gone:
        raise Conflict("这个文件已随答复发出，或已去掉。")
    record(now, Fact(actor.username, "ticket.file_removed", "ticket", ticket.number, ticket.department_id, {"name": row.name}))
    transaction.on_commit(lambda: (folder() / row.path).unlink(missing_ok=True))


def pending(person_id: int, ticket: Ticket) -> list[Upload]:
    """The files that will go with this person's next reply to this ticket."""
    return list(Upload.objects.filter(ticket=ticket, person=person_id, message=None).order_by("pk"))


def with_link(person_id: int, ticket: Ticket, text: str) -> str:
    """The reply with the way to its files at the end, where it has any."""
    names = [row.name for row in pending(person_id, ticket)]
    return f"{text}\n\n附件（{len(names)}）：{settings.PUBLIC_URL}/q/{ticket.query_code}" if names else text


def attach(person_id: int, ticket: Ticket, delivery: Delivery) -> None:
    """The pending files are part of this message now. Inside the caller's transaction."""
    rows = Upload.objects.filter(ticket=ticket, person=person_id, message=None)
    if rows.exists():
        rows.update(message=delivery.message)


def detach(deliveries: Sequence[int]) -> None:
    """A reply was taken back: its files wait for the next one. Inside the caller's transaction."""
    Upload.objects.filter(message__delivery__in=deliveries).update(message=None)
