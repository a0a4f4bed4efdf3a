"""Departments as a tree, the people in them, what each may do, and their tokens for programs."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from policies.roles import Role

ROOT_CODE = "root"


class Department(models.Model):
    """A department. `path` names all above it, `/root/health/`, so that a subtree is a prefix."""

    code = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    path = models.CharField(max_length=1000, unique=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["path"]

    def __str__(self) -> str:
        return self.name


class Route(models.Model):
    """Who is competent for a subject or topic among the messages to a department's accounts and to those below it."""

    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="routes")
    label = models.CharField(max_length=80)  # a subject or topic of nlu/subjects.toml
    competent = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["label"]
        constraints = [models.UniqueConstraint(fields=["department", "label"], name="route_once")]


class PersonManager(BaseUserManager["Person"]):
    """Only what Django's authentication needs; people are made by `actions`."""


class Person(AbstractBaseUser):
    """A member of staff."""

    SEALED = ("totp_secret",)  # what manage.py reseal seals anew

    username = models.CharField(max_length=150, unique=True)
    name = models.CharField(max_length=150)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    failures = models.PositiveIntegerField(default=0)
    last_failure = models.DateTimeField(null=True)
    totp_secret = models.TextField(blank=True)  # sealed
    totp_confirmed_at = models.DateTimeField(null=True)
    totp_step = models.BigIntegerField(default=0)  # the last step used: a code works once
    language = models.CharField(max_length=10, default="zh-hans")
    large_text = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    USERNAME_FIELD = "username"
    objects = PersonManager()

    def __str__(self) -> str:
        return self.name or self.username


class Stranger(models.Model):
    """Failed sign-ins under a name nobody has: it is locked like any other, so that a lock tells nothing about who exists."""

    digest = models.CharField(max_length=64, unique=True)  # of the name: people type passwords into the wrong field
    failures = models.PositiveIntegerField(default=0)
    last_failure = models.DateTimeField(db_index=True)


class Assignment(models.Model):
    """A role in a department (and in all below it)."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="assignments")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="assignments")
    role = models.CharField(max_length=30, choices=[(role.value, role.value) for role in Role])

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "department", "role"], name="assignment_once")]


class Token(models.Model):
    """A bearer token for programs: acts as one person, in one role, in one department. Only its digest is kept."""

    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8)  # the first characters, to tell tokens apart on screen
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tokens")
    department = models.ForeignKey(Department, on_delete=models.PROTECT)
    role = models.CharField(max_length=30)
    label = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
