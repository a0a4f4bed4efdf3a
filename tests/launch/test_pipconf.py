"""The machine's own package index, from pip's settings to uv's variables."""

from pathlib import Path

from bot.launch import pipconf

MIRROR = "https://mirror.example/pypi"


def conf(tmp_path: Path, text: str) -> list[Path]:
    path = tmp_path / "pip.conf"
    path.write_text(text)
    return [path]


def test_without_settings_nothing_is_added(tmp_path: Path) -> None:
    assert pipconf.for_uv({"HOME": str(tmp_path)}, []) == {}


def test_a_mirror_in_the_environment_is_passed_on(tmp_path: Path) -> None:
    assert pipconf.for_uv({"HOME": str(tmp_path), "PIP_INDEX_URL": MIRROR}, []) == {"UV_DEFAULT_INDEX": MIRROR}


def test_a_mirror_in_a_file_is_passed_on(tmp_path: Path) -> None:
    files = conf(tmp_path, f"[global]\nindex-url = {MIRROR}\ntrusted_host = mirror.example\n")
    assert pipconf.for_uv({"HOME": str(tmp_path)}, files) == {"UV_DEFAULT_INDEX": MIRROR, "UV_INSECURE_HOST": "mirror.example"}


def test_the_environment_is_stronger_than_a_file(tmp_path: Path) -> None:
    files = conf(tmp_path, "[global]\nindex-url = https://other.example\n")
    assert pipconf.for_uv({"HOME": str(tmp_path), "PIP_INDEX_URL": MIRROR}, files)["UV_DEFAULT_INDEX"] == MIRROR


def test_what_uv_is_told_itself_goes_first(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "PIP_INDEX_URL": MIRROR}
    assert pipconf.for_uv({**environ, "UV_INDEX_URL": "https://uv.example"}, []) == {}
    (tmp_path / ".config/uv").mkdir(parents=True)
    (tmp_path / ".config/uv/uv.toml").write_text('[[index]]\nurl = "https://uv.example"\n')
    assert pipconf.for_uv(environ, []) == {}


def test_several_indexes_are_taken_alike_as_pip_does(tmp_path: Path) -> None:
    added = pipconf.for_uv(
        {"HOME": str(tmp_path)}, conf(tmp_path, "[global]\nextra-index-url =\n  https://a.example\n  https://b.example\n")
    )
    assert added == {"UV_INDEX": "https://a.example https://b.example", "UV_INDEX_STRATEGY": "unsafe-best-match"}


def test_a_machine_without_any_index_installs_from_its_folder(tmp_path: Path) -> None:
    added = pipconf.for_uv({"HOME": str(tmp_path), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/a /b"}, [])
    assert added == {"UV_NO_INDEX": "1", "UV_FIND_LINKS": "/a,/b"}


def test_a_proxy_of_pip_is_passed_on_unless_the_environment_has_one(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "PIP_PROXY": "http://proxy.example:3128"}
    assert pipconf.for_uv(environ, []) == {"ALL_PROXY": "http://proxy.example:3128"}
    assert pipconf.for_uv({**environ, "HTTPS_PROXY": "http://own.example"}, []) == {}


def test_a_file_that_cannot_be_parsed_is_passed_over(tmp_path: Path) -> None:
    assert pipconf.for_uv({"HOME": str(tmp_path)}, conf(tmp_path, "index-url without a section\n\0\n")) == {}


def test_the_files_of_pip_are_found_where_pip_looks(tmp_path: Path) -> None:
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip/pip.conf").write_text(f"[global]\nindex-url = {MIRROR}\n")
    assert pipconf.settings({"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)})["index-url"] == MIRROR
    assert pipconf.settings({"HOME": str(tmp_path), "PIP_CONFIG_FILE": "/dev/null"}).keys() == {"config-file"}
