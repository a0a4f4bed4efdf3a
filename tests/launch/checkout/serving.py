"""A web server that answers anything on loopback, and a grandchild beside it as granian and Rasa have."""

import http.server
import subprocess
import sys


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.say("")

    def say(self, text: str) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:
        sys.stderr.write(f"asked {self.path}\n")


def serve(port: int, answer: "type[http.server.BaseHTTPRequestHandler]" = Answer) -> None:
    """Answer until a signal comes."""
    subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(300)"])
    http.server.HTTPServer(("127.0.0.1", port), answer).serve_forever()
