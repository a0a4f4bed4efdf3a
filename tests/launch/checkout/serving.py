"""A web server that answers anything on loopback, and a grandchild beside it as granian and Rasa have."""

import http.server
import subprocess
import sys


class _Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        sys.stderr.write(f"asked {self.path}\n")


def serve(port: int) -> None:
    """Answer until a signal comes."""
    subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(300)"])
    http.server.HTTPServer(("127.0.0.1", port), _Answer).serve_forever()
