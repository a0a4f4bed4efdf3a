"""`manage.py reseal`: every sealed value of the database, sealed with the current secret key."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import models, transaction

from bot import clock
from bot.audit.actions import Fact, record
from bot.vault import Sealed, reseal


class Command(BaseCommand):
    help = "Seals all stored secrets with the current HUIYIN_SECRET_KEY; the earlier keys stand in HUIYIN_SECRET_KEY_PREVIOUS."

    def handle(self, *args: Any, **options: Any) -> None:
        closed: list[str] = []
        for model in apps.get_models():
            for field in getattr(model, "SEALED", ()):
                done = _all(model, field, closed)
                self.stdout.write(f"{model._meta.label} {field}：{done} 项已用现用密钥重新加密。")
        if closed:
            names = "、".join(closed)
            raise CommandError(f"没有密钥能解开：{names}。请设置 HUIYIN_SECRET_KEY_PREVIOUS，或重新录入。 No key opens these.")


def _all(model: type[models.Model], field: str, closed: list[str]) -> int:
    done = 0
    for key in list(model._default_manager.exclude(**{field: ""}).order_by("pk").values_list("pk", flat=True)):
        try:
            done += _one(model, key, field)
        except Sealed:
            closed.append(f"{model._meta.label} {key}")
    if done:
        record(clock.now(), Fact("system:reseal", "secrets.resealed", "secrets", model._meta.label, None, {"count": done}))
    return done


@transaction.atomic
def _one(model: type[models.Model], key: object, field: str) -> int:
    """Under a lock: what staff enter meanwhile is not written over."""
    found = model._default_manager.select_for_update().filter(pk=key).values_list(field, flat=True).first()
    return model._default_manager.filter(pk=key).update(**{field: reseal(found)}) if found else 0
