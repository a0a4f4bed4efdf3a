"""Roles and rights: who may what, and that no administrator can act and erase the trace."""

import pytest

from policies.roles import ADMINISTRATORS, NEEDS_SECOND_FACTOR, RIGHTS, Right, Role, compatible, may

ACTS_ON_TICKETS = {Right.CLAIM, Right.REPLY, Right.TRANSFER, Right.HAND_BACK, Right.EXTEND, Right.MERGE, Right.ASK_REFUSAL, Right.CLOSE}
MANAGES = {Right.MANAGE_STAFF, Right.MANAGE_ACCOUNTS, Right.MANAGE_DEPARTMENTS, Right.API_ACCOUNTS_WRITE}


def holders(right):
    return {role for role in Role if may([role], right)}


def test_every_role_has_its_rights_written_down():
    assert set(RIGHTS) == set(Role)


@pytest.mark.parametrize("right", Right)
def test_every_right_is_held_by_somebody(right):
    assert holders(right)


@pytest.mark.parametrize("right", sorted(ACTS_ON_TICKETS))
def test_no_administrator_works_on_tickets(right):
    assert not holders(right) & ADMINISTRATORS


@pytest.mark.parametrize(
    ("right", "roles"),
    [
        (Right.MANAGE_STAFF, {Role.SECURITY_ADMIN}),
        (Right.MANAGE_ACCOUNTS, {Role.ADMIN}),
        (Right.MANAGE_DEPARTMENTS, {Role.ADMIN}),
        (Right.API_ACCOUNTS_WRITE, {Role.ADMIN}),
        (Right.SEE_AUDIT, {Role.AUDIT_ADMIN}),
    ],
)
def test_each_power_of_administration_is_in_one_hand(right, roles):
    assert holders(right) == roles


def test_the_audit_administrator_only_reads():
    assert RIGHTS[Role.AUDIT_ADMIN] == {Right.SEE_AUDIT}


def test_a_refusal_is_confirmed_by_people_above_the_desk():
    assert holders(Right.CONFIRM_REFUSAL) == {Role.REVIEWER, Role.DUTY_LEADER, Role.SUPERVISOR}


@pytest.mark.parametrize("right", [Right.CONFIRM_REFUSAL, Right.ASK_REFUSAL, Right.REVIEW_POSTS, Right.SETTLE_DELIVERY, *sorted(MANAGES)])
def test_a_contractor_decides_nothing(right):
    assert not may([Role.CONTRACTOR], right)


@pytest.mark.parametrize("right", sorted(set(Right) - {Right.WRITE_POSTS, Right.SEE_KNOWLEDGE, Right.EDIT_KNOWLEDGE}))
def test_a_contributor_only_supplies_content(right):
    assert not may([Role.CONTRIBUTOR], right)


def test_an_agent_answers_but_sees_no_other_department():
    assert all(may(["agent"], right) for right in ACTS_ON_TICKETS)
    assert not may(["agent"], Right.SETTLE_DELIVERY)


def test_rights_of_several_roles_add_up():
    assert may(["contributor", "agent"], Right.REPLY)


@pytest.mark.parametrize("roles", [[], [""], ["root"], ["Admin"], ["agent "]])
def test_an_unknown_role_carries_no_right(roles):
    assert not any(may(roles, right) for right in Right)


def test_those_who_review_push_or_administer_need_a_second_factor():
    strong = {
        Right.REVIEW_POSTS,
        Right.MAKE_NOTICES,
        Right.CONFIRM_NOTICES,
        Right.SCHEDULE_POSTS,
        Right.CONFIRM_REFUSAL,
        Right.SEE_AUDIT,
        *sorted(MANAGES),
    }
    assert {role for role in Role if RIGHTS[role] & strong} == NEEDS_SECOND_FACTOR


@pytest.mark.parametrize(
    ("roles", "fits"),
    [
        (["agent", "editor"], True),
        (["admin", "agent"], True),
        (["admin", "audit_admin"], False),
        (["security_admin", "admin"], False),
        (["security_admin", "audit_admin"], False),
        (["audit_admin", "supervisor"], False),
        (["audit_admin"], True),
        (["unknown"], True),
    ],
)
def test_one_person_holds_no_two_of_the_three_administrations(roles, fits):
    assert compatible(roles) is fits
