"""`manage.py person NAME --role ROLE --department CODE`: add somebody who can sign in; how the first administrator comes to be."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bot import clock
from bot.staff.actions import Invalid, assign, create_person, ensure_root, set_password
from bot.staff.models import ROOT_CODE, Department, Person
from policies.roles import Role


class Command(BaseCommand):
    help = "Adds a person (or gives an existing one a new password) and prints the first password, which must be changed at once."
    requires_system_checks = ()  # they are made by `migrate`; loading every page for them takes longer than the command

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="")
        parser.add_argument("--role", required=True, choices=[role.value for role in Role])
        parser.add_argument("--department", default=ROOT_CODE, help="code or name")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        ensure_root(now)
        wanted = options["department"]
        department = Department.objects.filter(code=wanted).first() or Department.objects.filter(name=wanted).first()
        if department is None:
            raise CommandError(f"没有部门 {wanted}。 No department {wanted}.")
        password = f"{secrets.token_urlsafe(12)}-{secrets.randbelow(10)}aA"
        try:
            person = Person.objects.filter(username=options["username"]).first()
            if person is None:
                person = create_person("system:cli", options["username"], options["name"], password, now)
            else:
                set_password("system:cli", person, password, now, by_self=False)
        except Invalid as error:
            raise CommandError(str(error)) from None
        assign("system:cli", person, department, Role(options["role"]), now)
        self.stdout.write(f"{person.username} {password}")
