"""`manage.py calendar_import FILE`."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from bot.audit.models import Entry
from bot.deadlines.models import CalendarYear
from bot.deadlines.queries import missing_years
from tests.bot.conftest import NOW
from tests.bot.deadlines.test_packs import YEAR

pytestmark = pytest.mark.django_db


def test_a_file_is_brought_in_with_its_notice_on_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "2027.toml").write_text(YEAR, "utf-8")
    call_command("calendar_import", str(tmp_path / "2027.toml"))
    entry = Entry.objects.get(action="calendar.imported")
    assert "2027" in capsys.readouterr().out and missing_years(NOW) == ()
    assert (entry.actor, entry.detail["source"]) == ("system:cli", CalendarYear.objects.get().source)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"year = 2027", YEAR.encode() + b"[["])
def test_a_file_that_cannot_be_is_refused_in_words(tmp_path: Path, content: bytes):
    (tmp_path / "x.toml").write_bytes(content)
    with pytest.raises(CommandError, match="无法读取"):
        call_command("calendar_import", str(tmp_path / "x.toml"))
    assert not CalendarYear.objects.exists()


def test_a_file_that_is_not_there_is_refused_in_words(tmp_path: Path):
    with pytest.raises(CommandError, match="无法读取文件"):
        call_command("calendar_import", str(tmp_path / "none.toml"))
