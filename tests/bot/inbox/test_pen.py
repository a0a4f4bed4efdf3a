"""One thread writes, the others wait in a line, the intake's at its head."""

import threading
import time

from bot.inbox.sqlite.pen import Pen


def waiting(pen: Pen, name: str, told: list[str], *, first: bool = False) -> threading.Thread:
    """A thread that takes the pen, says its name and gives the pen on."""

    def run() -> None:
        if pen.take(5.0, first=first):
            told.append(name)
            pen.give()

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(0.02)  # the next one stands behind it
    return thread


def test_who_came_first_writes_first_but_the_intake_before_all() -> None:
    pen, told = Pen(), list[str]()
    assert pen.take(0.0)
    threads = [waiting(pen, "a", told), waiting(pen, "b", told), waiting(pen, "intake", told, first=True)]
    pen.give()
    for thread in threads:
        thread.join(5)
    assert told == ["intake", "a", "b"]


def test_whoever_waited_in_vain_leaves_the_line() -> None:
    pen = Pen()
    assert pen.take(0.0)
    assert not pen.take(0.01)
    pen.give()
    assert pen.take(0.0)


def test_a_hundred_threads_never_write_at_the_same_time() -> None:
    pen, inside, most = Pen(), 0, 0

    def run() -> None:
        nonlocal inside, most
        for _ in range(20):
            assert pen.take(20.0)
            inside += 1
            most = max(most, inside)
            inside -= 1
            pen.give()

    threads = [threading.Thread(target=run) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (most, inside) == (1, 0)
