"""Calling people about tickets and rosters: the words, and the one way to the paging room."""

from collections.abc import Sequence
from datetime import datetime

from bot.clock import BEIJING
from bot.paging.actions import About, drawn_up, page, settle_all
from bot.paging.actions import settle as settle_pages
from bot.paging.models import Page
from bot.staff.models import Department, Person
from bot.tickets.models import Ticket
from policies.ladder import Act, Due


class Calls:
    """The calls of one transaction, written together: a whole town's deadlines pass in the same minute, at the close of office."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._pages: list[Page] = []
        self._settled: list[str] = []

    def call(self, people: Sequence[int], ticket: Ticket, words: str) -> None:
        """Call these people in this order about the ticket until one acknowledges; earlier calls about it end."""
        self._settled.append(ticket.number)
        self._pages.append(drawn_up(people, _about(ticket), words, self._now, urgent=ticket.urgent))

    def tell(self, people: Sequence[int], ticket: Ticket, words: str) -> None:
        """Tell them; nobody has to acknowledge."""
        self._pages.append(drawn_up(people, _about(ticket), words, self._now, urgent=ticket.urgent, insist=False))

    def write(self) -> None:
        """End the earlier calls, write down the new ones."""
        if self._settled:
            settle_all("ticket", self._settled, self._now)
        Page.objects.bulk_create(self._pages)


def call(people: Sequence[int], ticket: Ticket, words: str, now: datetime) -> None:
    """Call these people about one ticket; earlier calls about it end."""
    calls = Calls(now)
    calls.call(people, ticket, words)
    calls.write()


def settle_ticket(ticket: Ticket, now: datetime) -> None:
    """Nobody needs to be called about this ticket any more: somebody has it in hand, or it ended."""
    settle_pages("ticket", ticket.number, now)


def call_about_gap(people: Sequence[int], department: Department, now: datetime, *, urgent: bool) -> None:
    """Nobody is on duty: whoever can change that is called."""
    words = f"{department.name} 现在无人值班，请安排值班人员。"
    page(people, About("duty", department.code, department.pk, f"/duty/{department.code}"), words, now, urgent=urgent)


def settle_gap(department: Department, now: datetime) -> None:
    """Somebody is on duty again."""
    settle_pages("duty", department.code, now)


def _about(ticket: Ticket) -> About:
    return About("ticket", ticket.number, ticket.department_id, f"/tickets/{ticket.number}")


def words_for(ticket: Ticket, due: Due, now: datetime) -> str:
    """What the person who is called reads. A ticket's number, never a citizen's words: it goes over other people's networks."""
    until = f"{ticket.deadline.astimezone(BEIJING):%m-%d %H:%M}"
    what = f"紧急诉求单 {ticket.number}" if ticket.urgent else f"诉求单 {ticket.number}"
    if due.again:
        return f"{what} 已超过答复期限（{until}），仍未答复，已无上级可转，请立即办理。"
    if due.rung.act == Act.REMIND:
        return f"{what} 的答复期限为 {until}，尚未答复，请办理。"
    return f"{what} 已超过答复期限（{until}），现由您办理。" if ticket.deadline <= now else f"{what} 现由您办理，须在 {until} 前答复。"


def words_for_earlier(ticket: Ticket, name: str) -> str:
    """What the person reads from whom the ticket was taken."""
    return f"诉求单 {ticket.number} 未在期限内答复，已转由 {name} 办理。"


def tell_hand_over(to: Person, department: Department, name: str, count: int, now: datetime) -> None:
    """Somebody else's tickets are theirs now."""
    about = About("handover", f"{department.code}:{to.pk}", department.pk, "/?owner=me")
    page([to.pk], about, f"{name} 将 {count} 张诉求单交接给您办理。", now, insist=False)
