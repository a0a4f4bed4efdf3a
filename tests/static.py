"""WhiteNoise as in earnest, its files found once for the process: nine hundred test clients would each look for all of them again."""

from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile


class ReadOnce(WhiteNoiseMiddleware):
    """The second one takes what the first one found; static files do not change while tests run."""

    found: dict[str, StaticFile] = {}

    def add_files_from_finders(self) -> None:
        if not self.found:
            super().add_files_from_finders()
            self.found.update(self.files)
        self.files.update(self.found)
