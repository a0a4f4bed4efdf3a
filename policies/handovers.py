"""Who must take a request that a department sends on or back 转办与退回.

A department may send back what came to it. The second refusal, of whichever department, goes to the department above all that
had it; that one decides, and its decision cannot be sent back (issue 4; 派单异议 review of 国办函〔2025〕66号, facts 3.06).
Departments are named by their paths, "/root/health/", in which a department above is a prefix.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """How a request came from one department to another."""

    TRANSFER = "transfer"
    REFUSAL = "refusal"  # sent back to who sent it
    RAISED = "raised"  # the second refusal: to the department above
    DECISION = "decision"  # placed by the department above, for good


@dataclass(frozen=True, slots=True)
class Handover:
    """One step, oldest first in any sequence of them."""

    step: Step
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Back:
    """Where a request that is sent back goes; an empty `target` = it may not be, for the reason in `refused`."""

    target: str = ""
    step: Step = Step.REFUSAL
    refused: str = ""


BOUND = "bound"  # a decision placed it here
DECIDES = "decides"  # this department has to decide


def way_back(here: str, past: Sequence[Handover], refusals: int) -> Back:
    """Where it goes when the department at `here` sends it back; `refusals` = how often it was sent back before."""
    last = past[-1] if past and past[-1].target == here else None
    if last and last.step is Step.DECISION:
        return Back(refused=BOUND)
    if last and last.step is Step.RAISED:
        return Back(refused=DECIDES)
    if refusals:
        return Back(above({here, *(path for one in past for path in (one.source, one.target))}), Step.RAISED)
    return Back(last.source if last and last.step is Step.TRANSFER else parent(here) or here)


def kind_of_transfer(here: str, past: Sequence[Handover]) -> Step:
    """What a transfer from `here` is: the decision, where the request was raised to this department or already decided by one."""
    last = past[-1] if past and past[-1].target == here else None
    return Step.DECISION if last and last.step in (Step.RAISED, Step.DECISION) else Step.TRANSFER


def decider(here: str, past: Sequence[Handover]) -> str:
    """The department whose decision binds `here`: only it (or one above) may send the request on; "" = nobody's."""
    last = past[-1] if past and past[-1].target == here else None
    if last is None or last.step is not Step.DECISION:
        return ""
    return next((one.target for one in reversed(past) if one.step is Step.RAISED), last.source)


def above(paths: Iterable[str]) -> str:
    """The nearest department above all these and none of them; the top one itself where there is nothing above."""
    involved = set(paths)
    common = min(involved, key=len)
    while not all(path.startswith(common) for path in involved):
        common = parent(common)
    return parent(common) or common if common in involved else common


def parent(path: str) -> str:
    """The path of the department directly above; "" above the top."""
    return path[: path.rstrip("/").rfind("/") + 1] if path.count("/") > 2 else ""
