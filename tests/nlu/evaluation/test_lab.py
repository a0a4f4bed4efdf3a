"""The lab believes no server that does not serve the model it was given. (With the real Rasa: test_rasa.py.)"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nlu.evaluation.lab import Lab, LabError

FAKE = """#!{python}
import http.server, sys
port = int(sys.argv[sys.argv.index("-p") + 1])
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = {body!r}.encode()
        self.send_response({status})
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *words): print("the last words")
http.server.HTTPServer(("127.0.0.1", port), Answer).serve_forever()
"""


SLEEPER = """#!/bin/sh
echo $$ > {folder}/pid
exec sleep 60
"""
STOPPED = """
import signal, sys
from pathlib import Path
from nlu.evaluation.lab import Lab
def stop(number, frame): raise SystemExit(3)
signal.signal(signal.SIGTERM, stop)
folder = Path(sys.argv[1])
with Lab(folder / "python", folder).serving(folder / "ours.tar.gz"): pass
"""


def lab(folder: Path, script: str) -> Lab:
    python = folder / "python"
    python.write_text(script, "utf-8")
    python.chmod(0o700)
    (folder / "ours.tar.gz").write_bytes(b"")
    return Lab(python, folder, say=lambda text: None)


@pytest.mark.parametrize(("status", "body"), [(200, '{"model_file": "other.tar.gz"}'), (409, '{"status": "failure"}')])
def test_a_server_without_our_model_is_refused_at_once(tmp_path: Path, status: int, body: str) -> None:
    begun = time.monotonic()
    made = lab(tmp_path, FAKE.format(python=sys.executable, status=status, body=body))
    with pytest.raises(LabError, match=r"ours\.tar\.gz"), made.serving(tmp_path / "ours.tar.gz"):
        pass
    assert time.monotonic() - begun < 30


def test_a_training_that_fails_tells_its_last_words(tmp_path: Path) -> None:
    made = lab(tmp_path, "#!/bin/sh\necho the last words\nexit 3\n")
    with pytest.raises(LabError, match="the last words"):
        made.train([], "model")


def test_a_training_without_a_model_is_none(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="没有产生模型"):
        lab(tmp_path, "#!/bin/sh\nexit 0\n").train([], "model")


def test_a_missing_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="不能启动"), lab(tmp_path, "#!/bin/sh\n").serving(tmp_path / "nothing.tar.gz"):
        pass


def ended(pid: int) -> bool:
    """Whether the process goes within 10 s: one whose parent died stands in the table until init has looked."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_a_signal_while_rasa_starts_ends_rasa_too(tmp_path: Path) -> None:
    lab(tmp_path, SLEEPER.format(folder=tmp_path))
    process = subprocess.Popen([sys.executable, "-c", STOPPED, str(tmp_path)], stderr=subprocess.DEVNULL)
    until = time.monotonic() + 20
    while not ((tmp_path / "pid").is_file() and (tmp_path / "pid").read_text().strip()) and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 3
    assert ended(int((tmp_path / "pid").read_text()))
