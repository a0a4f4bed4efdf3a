"""Starting the sandbox, the accounts file, the page and the sample files."""

import json
import re
import struct
import zlib
from pathlib import Path

import pytest

from connectors.sandbox import media
from connectors.sandbox.__main__ import main
from connectors.sandbox.accounts import read_account
from connectors.sandbox.app import BadFile, load_world
from connectors.sandbox.limits import Limits
from connectors.sandbox.page_text import PAIRS
from tests.connectors.sandbox.conftest import CREDENTIALS, Sim

ACCOUNT = {"id": "a", "platform": "wechat", "name": "甲", "kind": "service", "credentials": CREDENTIALS["wechat"]}


def written(folder: Path, content: object) -> str:
    path = folder / "accounts.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


def test_the_accounts_file_names_the_hooks(tmp_path: Path) -> None:
    world = load_world(written(tmp_path, {"hook_origin": "http://127.0.0.1:9000/", "accounts": [ACCOUNT]}))
    assert world.accounts["a"].hook_url == "http://127.0.0.1:9000/hooks/wechat/a"


@pytest.mark.parametrize("content", [[], {"accounts": 1}, {"accounts": [{}]}, {"accounts": [ACCOUNT | {"id": "a b"}]}])
def test_a_wrong_file_is_a_clear_sentence(tmp_path: Path, content: object) -> None:
    with pytest.raises(BadFile) as caught:
        load_world(written(tmp_path, content))
    assert "secret-1" not in str(caught.value)


def test_a_missing_file_ends_with_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--accounts", "no-such-file.json"]) == 2
    assert "cannot read no-such-file.json" in capsys.readouterr().err


def test_a_busy_port_is_a_clear_sentence(sandbox: Sim, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port", sandbox.base.rsplit(":", 1)[1]]) == 2
    assert "cannot listen" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ("", "service_certified"),
        ("service", "service_certified"),
        ("Subscription_Certified", "subscription_certified"),
        ("service_uncertified", "service_uncertified"),
        ("未认证订阅号", "subscription_uncertified"),
        ("认证公众号", "subscription_certified"),
    ],
)
def test_only_accounts_that_say_so_are_uncertified(given: str, kind: str) -> None:
    assert read_account(ACCOUNT | {"kind": given}, "").kind == kind


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org"])
def test_it_listens_on_loopback_only(host: str) -> None:
    with pytest.raises(SystemExit):
        main(["--host", host])


def test_every_limit_has_a_source() -> None:
    assert len(Limits().all()) > 50


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_has_three_phones_and_no_outside_resources(sim: Sim, lang: str) -> None:
    page = sim.http.get("/", params={"lang": lang})
    assert all(f'data-testid="phone-{name}"' in page.text for name in ("wechat", "weibo", "telegram"))
    assert page.text.count('data-testid="say"') == page.text.count('data-testid="bubbles"') == 3
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page.text)
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize("name", ["sandbox.css", "sandbox.js"])
def test_the_pages_files_are_served(sim: Sim, name: str) -> None:
    assert sim.http.get(f"/static/{name}").status_code == 200


def test_no_other_file_is_served(sim: Sim) -> None:
    assert sim.http.get("/static/..%2fapp.py").status_code == 404


def test_every_word_has_both_languages() -> None:
    assert [name for name, (chinese, english) in PAIRS.items() if not chinese or not english] == []


def test_the_sample_picture_is_a_valid_png() -> None:
    data = media.sample("image")
    size = struct.unpack(">I", data[33:37])[0]
    rows = zlib.decompress(data[41 : 41 + size])
    assert (data[:8], len(rows)) == (b"\x89PNG\r\n\x1a\n", 64 * (96 * 3 + 1))


def test_the_sample_video_is_whole_boxes() -> None:
    data, names = media.sample("video"), []
    while data:
        size = struct.unpack(">I", data[:4])[0]
        names.append(data[4:8])
        data = data[size:]
    assert names == [b"ftyp", b"moov", b"mdat"]


def test_the_sample_voice_is_amr() -> None:
    assert media.sample("voice").startswith(b"#!AMR\n")


def test_the_sample_voice_of_telegram_is_three_ogg_pages() -> None:
    data, pages = media.sample("ogg"), []
    while data:
        end = 27 + data[26] + sum(data[27 : 27 + data[26]])
        pages.append(data[:4] + data[28:36])
        data = data[end:]
    assert (pages[:2], len(pages)) == ([b"OggSOpusHead", b"OggSOpusTags"], 3)
