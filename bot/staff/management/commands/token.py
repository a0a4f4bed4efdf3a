"""`manage.py token NAME --role ROLE --department CODE`: print a bearer token, making the person if there is none."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bot import clock
from bot.staff.actions import Invalid, assign, create_person, create_token, ensure_root
from bot.staff.models import ROOT_CODE, Department, Person
from policies.roles import Role


class Command(BaseCommand):
    help = "Prints a bearer token for the API. It is shown only this once."
    requires_system_checks = ()  # they are made by `migrate`; loading every page for them takes longer than the command

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--role", required=True, choices=[role.value for role in Role])
        parser.add_argument("--department", default=ROOT_CODE, help="code or name")
        parser.add_argument("--label", default="manage.py token")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        ensure_root(now)
        wanted = options["department"]
        department = Department.objects.filter(code=wanted).first() or Department.objects.filter(name=wanted).first()
        if department is None:
            raise CommandError(f"没有部门 {wanted}。 No department {wanted}.")
        try:
            person = Person.objects.filter(username=options["name"]).first() or create_person("system:cli", options["name"], "", None, now)
        except Invalid as error:
            raise CommandError(str(error)) from None
        role = Role(options["role"])
        assign("system:cli", person, department, role, now)
        self.stdout.write(create_token("system:cli", person, department, role, options["label"], now))
