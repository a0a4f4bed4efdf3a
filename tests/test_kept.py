"""What is kept is the same as what is made."""

import pytest
from django.db import transaction

from bot.staff.actions import create_person
from bot.staff.models import Person
from tests import emptying, kept
from tests.bot.conftest import NOW, World, town


def known() -> kept.Kept[World]:
    """A town that has been made once, its rows gone again."""
    twice = kept.Kept(town)
    with transaction.atomic():
        twice.there()
        transaction.set_rollback(True)
    return twice


def both() -> tuple[World, kept.Rows, World, kept.Rows]:
    """The town as it is made, and as it is written again once those rows are gone."""
    twice = kept.Kept(town)
    with transaction.atomic():
        made = twice.there()
        first = kept.taken()
        transaction.set_rollback(True)
    return made, first, twice.there(), kept.taken()


@pytest.mark.django_db
def test_the_rows_and_objects_written_again_are_those_that_were_made() -> None:
    made, first, again, second = both()
    assert first == second and len(first) > 5
    assert made == again and made.account.name == again.account.name
    assert made.account is not again.account


@pytest.mark.django_db
def test_what_comes_after_them_gets_a_number_of_its_own() -> None:
    again = known().there()
    person = create_person("test", "erin", "Erin", None, NOW)
    assert person.pk > max(Person.objects.exclude(pk=person.pk).values_list("pk", flat=True))
    assert again.alice.name


@pytest.mark.django_db
def test_over_rows_of_another_fixture_it_is_made_and_not_written() -> None:
    twice = known()
    create_person("test", "erin", "Erin", None, NOW)
    assert twice.there().alice.name
    assert "staff_person" in emptying.filled() and Person.objects.count() == 5
