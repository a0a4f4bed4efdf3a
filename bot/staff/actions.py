"""Verbs on people, departments and tokens."""

import hashlib
import re
import secrets
from datetime import datetime

from django.db import IntegrityError, transaction

from bot.audit.actions import Fact, record
from bot.conflict import Conflict
from bot.staff.models import ROOT_CODE, Assignment, Department, Person, Token
from policies.lockout import password_problems
from policies.roles import Role, compatible

TOKEN_PREFIX = "hy_"  # noqa: S105  (marks our tokens for secret scanners)


class Invalid(ValueError):
    """What was asked cannot be, in words for staff."""


def ensure_root(now: datetime) -> Department:
    """The root department, which always exists."""
    root, _ = Department.objects.get_or_create(
        code=ROOT_CODE, defaults={"name": "总部", "path": f"/{ROOT_CODE}/", "parent": None, "created_at": now}
    )
    return root


@transaction.atomic
def create_department(actor: str, code: str, name: str, parent: Department, now: datetime) -> Department:
    """Add a department below `parent`. Raises Invalid for a bad or taken code."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", code):
        raise Invalid("部门代码只能用小写字母、数字、- 和 _，最长 63 位。")
    if not name.strip():
        raise Invalid("请填写部门名称。")
    if Department.objects.filter(code=code).exists():
        raise Invalid(f"部门代码 {code} 已被使用。")
    made = Department.objects.create(code=code, name=name.strip(), parent=parent, path=f"{parent.path}{code}/", created_at=now)
    record(now, Fact(actor, "department.created", "department", code, made.pk, {"name": made.name, "parent": parent.code}))
    return made


def department_named(actor: str, value: str, now: datetime) -> Department:
    """The department with this code or name; an unknown name is created under the root (design §9)."""
    root = ensure_root(now)
    value = value.strip()
    if not value:
        return root
    found = Department.objects.filter(code=value).first() or Department.objects.filter(name=value).order_by("path").first()
    return found or create_department(actor, _code_for(value), value, root, now)


def _code_for(name: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
    return slug if slug and slug == name.lower() else f"d-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


@transaction.atomic
def rename_department(actor: str, department: Department, name: str, now: datetime) -> None:
    """Change the name on screen; code and place in the tree stay."""
    if not name.strip():
        raise Invalid("请填写部门名称。")
    Department.objects.filter(pk=department.pk).update(name=name.strip())
    record(now, Fact(actor, "department.renamed", "department", department.code, department.pk, {"name": name.strip()}))


@transaction.atomic
def create_person(actor: str, username: str, name: str, password: str | None, now: datetime) -> Person:
    """Add a person. Without a password they act through tokens only. Raises Invalid."""
    username = username.strip()
    if not re.fullmatch(r"[\w.@+-]{1,150}", username):
        raise Invalid("用户名只能用字母、数字和 . @ + - _。")
    if password is not None and (problems := password_problems(password, username)):
        raise Invalid(" ".join(problems))
    person = Person(username=username, name=name.strip() or username, created_at=now, must_change_password=password is not None)
    if password is None:
        person.set_unusable_password()
    else:
        person.set_password(password)
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError:
        raise Invalid(f"用户名 {username} 已被使用。") from None
    record(now, Fact(actor, "person.created", "person", username))
    return person


@transaction.atomic
def set_password(actor: str, person: Person, password: str, now: datetime, *, by_self: bool) -> None:
    """Change a password; one set by somebody else must be changed at the next sign-in. Raises Invalid."""
    if problems := password_problems(password, person.username):
        raise Invalid(" ".join(problems))
    person.set_password(password)
    person.must_change_password = not by_self
    person.failures = 0
    person.save(update_fields=["password", "must_change_password", "failures"])
    record(now, Fact(actor, "person.password_changed", "person", person.username))


@transaction.atomic
def set_active(actor: str, person: Person, active: bool, now: datetime) -> None:
    """Close or reopen a person's access. Closing revokes their tokens."""
    Person.objects.filter(pk=person.pk).update(is_active=active)
    if not active:
        Token.objects.filter(person=person, revoked_at=None).update(revoked_at=now)
    record(now, Fact(actor, "person.activated" if active else "person.deactivated", "person", person.username))


@transaction.atomic
def assign(actor: str, person: Person, department: Department, role: Role, now: datetime) -> None:
    """Give a role; giving it twice is once. Raises Invalid for roles one person may not hold together (三员分立)."""
    Person.objects.select_for_update().get(pk=person.pk)  # two roles given at the same moment are looked at one after the other
    if not compatible([role, *Assignment.objects.filter(person=person).values_list("role", flat=True)]):
        raise Invalid("这些角色不能由同一人兼任（三员分立）。")
    _, made = Assignment.objects.get_or_create(person=person, department=department, role=role)
    if made:
        record(now, Fact(actor, "role.given", "person", person.username, department.pk, {"role": role}))


@transaction.atomic
def hire(actor: str, who: tuple[str, str, str], department: Department, role: Role, now: datetime) -> Person:
    """A person (user name, name, password) with a first role, or neither. Raises Invalid."""
    person = create_person(actor, *who, now)
    assign(actor, person, department, role, now)
    return person


@transaction.atomic
def unassign(actor: str, assignment: Assignment, now: datetime) -> None:
    """Take a role away. Raises Conflict if it is gone already."""
    deleted, _ = Assignment.objects.filter(pk=assignment.pk).delete()
    if not deleted:
        raise Conflict("该角色已被收回。")
    detail = {"role": assignment.role}
    record(now, Fact(actor, "role.taken", "person", assignment.person.username, assignment.department_id, detail))


@transaction.atomic
def reset_second_factor(actor: str, person: Person, now: datetime) -> None:
    """Forget a person's second factor (a lost phone): they enrol anew at the next sign-in, and open sessions end."""
    Person.objects.filter(pk=person.pk).update(totp_secret="", totp_confirmed_at=None, totp_step=0)
    record(now, Fact(actor, "person.second_factor_reset", "person", person.username))


def set_preferences(person: Person, **chosen: str | bool) -> None:
    """How a person likes the screen (language, large_text). Nothing anybody else could miss, so nothing for the record."""
    Person.objects.filter(pk=person.pk).update(**chosen)


@transaction.atomic
def create_token(actor: str, person: Person, department: Department, role: Role, label: str, now: datetime) -> str:
    """Make a bearer token and return it: the only time it can be read."""
    plain = TOKEN_PREFIX + secrets.token_urlsafe(32)
    Token.objects.create(
        digest=token_digest(plain), hint=plain[:8], person=person, department=department, role=role, label=label, created_at=now
    )
    record(now, Fact(actor, "token.created", "person", person.username, department.pk, {"role": role, "label": label}))
    return plain


@transaction.atomic
def revoke_token(actor: str, token: Token, now: datetime) -> None:
    """Make a token useless. Raises Conflict if it already is."""
    if not Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
        raise Conflict("该令牌已被吊销。")
    record(now, Fact(actor, "token.revoked", "person", token.person.username, token.department_id, {"label": token.label}))


def token_digest(plain: str) -> str:
    """What is stored of a token: its SHA-256 (the token itself has 256 random bits, so no salt is needed)."""
    return hashlib.sha256(plain.encode()).hexdigest()


def token_for(plain: str, now: datetime) -> Token | None:
    """The live token behind a bearer string, or None."""
    token = (
        Token.objects.select_related("person", "department")
        .filter(digest=token_digest(plain), revoked_at=None, person__is_active=True)
        .first()
    )
    if token and (token.last_used_at is None or (now - token.last_used_at).total_seconds() > 60):
        Token.objects.filter(pk=token.pk).update(last_used_at=now)
    return token
