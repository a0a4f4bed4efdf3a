"""What a process that stays does once everything is loaded."""

import gc


def keep_what_is_loaded() -> None:
    """The collector no longer looks through what is there now, and looks less often at what comes.

    Going through all of it stops the whole process for 60 to 140 ms: measured, most often within a transaction, so that
    on SQLite everybody else waited for the pen as long.
    """
    gc.collect()
    gc.set_threshold(50_000, 20, 20)
    gc.freeze()
