"""The circuit breaker with a clock in the test's hand."""

import threading

from nlu.breaker import Breaker


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def opened() -> tuple[Breaker, Clock]:
    clock = Clock()
    breaker = Breaker(clock, failures=2, pause=5)
    breaker.failure()
    breaker.failure()
    return breaker, clock


def test_one_failure_leaves_it_closed() -> None:
    breaker = Breaker(Clock(), failures=2, pause=5)
    breaker.failure()
    assert breaker.allow()
    assert breaker.state == "closed"


def test_a_success_between_failures_starts_the_count_anew() -> None:
    breaker = Breaker(Clock(), failures=2, pause=5)
    breaker.failure()
    breaker.success()
    breaker.failure()
    assert breaker.state == "closed"


def test_failures_in_a_row_open_it() -> None:
    breaker, _ = opened()
    assert breaker.state == "open"
    assert not breaker.allow()


def test_after_the_pause_exactly_one_probe_goes_out() -> None:
    breaker, clock = opened()
    clock.now = 5.0
    allowed = []
    crew = [threading.Thread(target=lambda: allowed.append(breaker.allow())) for _ in range(20)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    assert allowed.count(True) == 1


def test_a_failed_probe_opens_it_for_another_pause() -> None:
    breaker, clock = opened()
    clock.now = 5.0
    assert breaker.allow()
    breaker.failure()
    clock.now = 9.9
    assert not breaker.allow()
    clock.now = 10.0
    assert breaker.allow()


def test_a_good_probe_closes_it() -> None:
    breaker, clock = opened()
    clock.now = 5.0
    assert breaker.state == "half-open"
    assert breaker.allow()
    breaker.success()
    assert breaker.state == "closed"
    assert breaker.allow()


def test_an_abandoned_probe_lets_another_try() -> None:
    breaker, clock = opened()
    clock.now = 5.0
    assert breaker.allow()
    breaker.abandon()
    assert breaker.allow()
