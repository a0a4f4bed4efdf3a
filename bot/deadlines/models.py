"""What an installation and its departments say about time: terms, office hours, years, and where the law sends people."""

from django.db import models
from django.db.models import Q

from bot.staff.models import Department


class Term(models.Model):
    """One value of a department's own pack; it counts for the departments below, too, until one of them says otherwise."""

    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="terms", db_index=False)
    key = models.CharField(max_length=40)  # policies.packs.KEYS
    value = models.PositiveIntegerField()
    unit = models.CharField(max_length=20)
    source = models.CharField(max_length=300)  # the rule it follows, or why
    set_by = models.CharField(max_length=150)
    set_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["department", "key"], name="term_once")]


class OfficeHours(models.Model):
    """The installation's own office hours; the newest row counts, the older ones are its history."""

    sittings = models.JSONField()  # [["09:00", "12:00"], ["13:30", "17:30"]]; empty: those of the pack again
    source = models.CharField(max_length=300)
    set_by = models.CharField(max_length=150)
    set_at = models.DateTimeField()


class CalendarYear(models.Model):
    """A year's arrangement of holidays as staff brought it in. It takes the place of an earlier one, and of the pack's."""

    year = models.PositiveSmallIntegerField()
    text = models.TextField()  # TOML, as policies.calendar.arrangement reads it
    before = models.TextField(blank=True)  # what had been imported before, the same way; empty: nothing, so the pack or Monday to Friday
    source = models.CharField(max_length=500)  # the notice of the State Council
    imported_by = models.CharField(max_length=150)
    imported_at = models.DateTimeField()
    current = models.BooleanField(default=True)
    # Open tickets reckoned before are reckoned anew: how many (0: not listed yet, -1: none), and when it was done.
    cursor = models.BigIntegerField(default=0)
    applied_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["year"], condition=Q(current=True), name="year_once")]
        indexes = [models.Index(fields=["id"], name="year_to_apply", condition=Q(applied_at__isnull=True))]


class LegalRoute(models.Model):
    """Where a department sends people for a matter the law gives to others; counts for those below until they have their own."""

    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="legal_routes", db_index=False)
    route = models.CharField(max_length=20)  # policies.legal.ROUTES
    office = models.CharField(max_length=200)
    address = models.CharField(max_length=300, blank=True)
    phone = models.CharField(max_length=100, blank=True)
    hours = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=500, blank=True)
    text = models.TextField(blank=True)  # how it is done, what to bring, which time limit counts
    source = models.CharField(max_length=300)
    set_by = models.CharField(max_length=150)
    set_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["department", "route"], name="legal_route_once")]
