"""Who may do what 角色与权限. Three administrators who cannot cover for one another (三员分立, facts 4.26, GB/T 22239-2019).

A right says what a person may do at all; on whose data it may be done, the department tree says (design promise 8).
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Role(StrEnum):
    """The roles of staff."""

    AGENT = "agent"  # 坐席: answers citizens
    EDITOR = "editor"  # 编辑: writes posts
    CONTRIBUTOR = "contributor"  # 供稿: supplies content only (facts E5)
    CONTRACTOR = "contractor"  # 代运维: works on tickets and drafts, decides nothing (facts 1.02, D4)
    REVIEWER = "reviewer"  # 审核
    DUTY = "duty"  # 值班
    DUTY_LEADER = "duty_leader"  # 带班领导
    SUPERVISOR = "supervisor"  # 主管
    SECURITY_ADMIN = "security_admin"  # 安全管理员
    AUDIT_ADMIN = "audit_admin"  # 审计管理员
    ADMIN = "admin"  # 系统管理员


class Right(StrEnum):
    """The rights, each one verb of the house."""

    SEE_TICKETS = "see_tickets"
    CLAIM = "claim"
    REPLY = "reply"
    NOTE = "note"  # an internal note the citizen never sees
    TRANSFER = "transfer"
    HAND_BACK = "hand_back"
    EXTEND = "extend"
    MERGE = "merge"
    ASK_REFUSAL = "ask_refusal"
    CONFIRM_REFUSAL = "confirm_refusal"
    CLOSE = "close"
    ASSIGN = "assign"  # give a ticket to another person, or take it from one
    CONFIRM_DISMISSED = "confirm_dismissed"
    SETTLE_DELIVERY = "settle_delivery"  # say how an unknown delivery ended, retry or withdraw one
    WRITE_POSTS = "write_posts"
    REVIEW_POSTS = "review_posts"
    SCHEDULE_POSTS = "schedule_posts"
    MAKE_NOTICES = "make_notices"
    CONFIRM_NOTICES = "confirm_notices"
    SEE_ACCOUNTS = "see_accounts"
    MANAGE_ACCOUNTS = "manage_accounts"
    API_ACCOUNTS_WRITE = "api_accounts_write"
    MANAGE_DEPARTMENTS = "manage_departments"
    SEE_STAFF = "see_staff"
    MANAGE_STAFF = "manage_staff"
    SEE_AUDIT = "see_audit"
    SEE_BALANCE = "see_balance"
    MANAGE_DEADLINES = "manage_deadlines"  # packs of deadlines, office hours, holidays, where the law sends people
    MEND_BALANCE = "mend_balance"  # have a lost message read again, or say why stored ones are gone
    MANAGE_DUTY = "manage_duty"  # the duty roster, absences, the ladder
    CORRECT = "correct"  # say how a message ought to have been read; the model learns from it
    TRAIN_MODELS = "train_models"  # have a model trained, return to an earlier one
    SEE_KNOWLEDGE = "see_knowledge"
    EDIT_KNOWLEDGE = "edit_knowledge"  # write and import entries, submit them for review
    REVIEW_KNOWLEDGE = "review_knowledge"  # publish or return another person's entry, withdraw one
    SEE_PAGING = "see_paging"  # who is being called, and what could not be sent
    MANAGE_PAGING = "manage_paging"  # the gateways by which staff are called
    CALL_BACK = "call_back"  # call citizens whose requests were closed, and write down what they say
    SET_CLOSING = "set_closing"  # the department's own reasons for refusing a request
    SWITCH_ANSWERS = "switch_answers"  # have the machine answer a category by itself
    REVIEW_REPLIES = "review_replies"  # send or give back a colleague's reply where a second person reads them
    SWITCH_REVIEWS = "switch_reviews"  # say in which categories a second person reads replies
    EDIT_CANNED = "edit_canned"  # write a department's ready-made texts and their variables


_R = Right
_WRITES_KNOWLEDGE = frozenset({_R.SEE_KNOWLEDGE, _R.EDIT_KNOWLEDGE})
_REVIEWS_KNOWLEDGE = frozenset({_R.SEE_KNOWLEDGE, _R.REVIEW_KNOWLEDGE})
_DESK = _WRITES_KNOWLEDGE | {
    _R.SEE_TICKETS,
    _R.CLAIM,
    _R.REPLY,
    _R.NOTE,
    _R.TRANSFER,
    _R.HAND_BACK,
    _R.EXTEND,
    _R.MERGE,
    _R.ASK_REFUSAL,
    _R.CLOSE,
    _R.CORRECT,
}
_OVERSIGHT = frozenset(
    {
        _R.SEE_PAGING,
        _R.CALL_BACK,
        _R.CONFIRM_REFUSAL,
        _R.CONFIRM_DISMISSED,
        _R.ASSIGN,
        _R.SETTLE_DELIVERY,
        _R.SEE_BALANCE,
        _R.MEND_BALANCE,
        _R.SEE_ACCOUNTS,
    }
)

RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.AGENT: _DESK | {_R.SEE_ACCOUNTS, _R.SEE_BALANCE},
    Role.EDITOR: _WRITES_KNOWLEDGE | {_R.WRITE_POSTS, _R.SEE_ACCOUNTS},
    Role.CONTRIBUTOR: _WRITES_KNOWLEDGE | {_R.WRITE_POSTS},
    # A contractor answers and drafts within the department, but neither refuses, closes, approves nor settles anything.
    Role.CONTRACTOR: frozenset(
        {_R.SEE_TICKETS, _R.CLAIM, _R.REPLY, _R.NOTE, _R.HAND_BACK, _R.WRITE_POSTS, _R.SEE_ACCOUNTS, _R.SEE_KNOWLEDGE}
    ),
    Role.REVIEWER: _REVIEWS_KNOWLEDGE
    | {_R.SEE_TICKETS, _R.NOTE, _R.CONFIRM_REFUSAL, _R.CONFIRM_DISMISSED, _R.CORRECT, _R.REVIEW_POSTS, _R.SCHEDULE_POSTS, _R.SEE_ACCOUNTS}
    | {_R.REVIEW_REPLIES, _R.CALL_BACK},
    Role.DUTY: _DESK
    | {_R.SEE_PAGING, _R.CONFIRM_DISMISSED, _R.SETTLE_DELIVERY, _R.ASSIGN, _R.MAKE_NOTICES, _R.SEE_ACCOUNTS, _R.SEE_BALANCE},
    Role.DUTY_LEADER: _DESK
    | _OVERSIGHT
    | _REVIEWS_KNOWLEDGE
    | {_R.MAKE_NOTICES, _R.CONFIRM_NOTICES, _R.REVIEW_POSTS, _R.SCHEDULE_POSTS}
    | {_R.REVIEW_REPLIES, _R.EDIT_CANNED, _R.MANAGE_DUTY},
    Role.SUPERVISOR: _DESK
    | _OVERSIGHT
    | _REVIEWS_KNOWLEDGE
    | {_R.REVIEW_REPLIES, _R.SWITCH_REVIEWS, _R.EDIT_CANNED, _R.MANAGE_DUTY, _R.SET_CLOSING}
    | {_R.SWITCH_ANSWERS, _R.CONFIRM_NOTICES, _R.REVIEW_POSTS, _R.SEE_STAFF, _R.TRAIN_MODELS, _R.MANAGE_DEADLINES},
    Role.SECURITY_ADMIN: frozenset({_R.MANAGE_STAFF, _R.SEE_STAFF}),
    Role.AUDIT_ADMIN: frozenset({_R.SEE_AUDIT}),
    Role.ADMIN: frozenset(
        # Who connects an account must see whether its messages arrive; answering them is not theirs.
        {
            _R.MANAGE_ACCOUNTS,
            _R.SEE_PAGING,
            _R.MANAGE_PAGING,
            _R.API_ACCOUNTS_WRITE,
            _R.SEE_ACCOUNTS,
            _R.MANAGE_DEPARTMENTS,
            _R.MANAGE_DUTY,
            _R.MANAGE_DEADLINES,
            _R.SEE_STAFF,
            _R.SEE_BALANCE,
            _R.MEND_BALANCE,
            _R.SEE_TICKETS,
            _R.TRAIN_MODELS,
        }
    ),
}

ADMINISTRATORS: frozenset[Role] = frozenset({Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.ADMIN})
"""The three posts of which one person may hold only one."""

NEEDS_SECOND_FACTOR: frozenset[Role] = ADMINISTRATORS | {Role.REVIEWER, Role.DUTY, Role.DUTY_LEADER, Role.SUPERVISOR}
"""Those who review, push or administer (facts 4.21, 4.25)."""


def may(roles: Iterable[str], right: Right) -> bool:
    """Whether any of the roles carries the right. A role this version does not know carries none."""
    return any(right in RIGHTS[Role(role)] for role in roles if role in RIGHTS)


def compatible(roles: Iterable[str]) -> bool:
    """Whether one person may hold these roles together: the two who watch others (security, audit) have no other role here.

    So no two of the three administrations meet in one hand.
    """
    held = {Role(role) for role in roles if role in RIGHTS}
    return not held & {Role.SECURITY_ADMIN, Role.AUDIT_ADMIN} or len(held) == 1
