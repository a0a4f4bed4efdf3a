"""The commands with which an installation begins."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from bot.staff.actions import token_for
from bot.staff.models import Assignment, Department, Person
from bot.staff.signin import check_password
from tests.bot.conftest import NOW

pytestmark = pytest.mark.django_db


def said(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue().strip()


def test_a_token_is_printed_once_and_makes_the_person() -> None:
    token = said("token", "robot", "--role", "agent", "--department", "root")
    found = token_for(token, NOW)
    assert found is not None and (found.person.username, found.role, found.department.code) == ("robot", "agent", "root")


def test_a_token_for_an_unknown_department_is_refused_in_words() -> None:
    with pytest.raises(CommandError, match="没有部门"):
        said("token", "robot", "--role", "agent", "--department", "nowhere")


def test_the_first_person_can_sign_in_and_must_change_the_password() -> None:
    username, password = said("person", "boss", "--role", "admin").split()
    person = check_password(username, password, NOW)
    assert person is not None and person.must_change_password
    assert Assignment.objects.get().department == Department.objects.get(code="root")


def test_a_second_call_gives_a_new_password() -> None:
    first = said("person", "boss", "--role", "admin").split()[1]
    second = said("person", "boss", "--role", "admin").split()[1]
    assert first != second and Person.objects.count() == 1
    assert check_password("boss", first, NOW) is None
