"""Turns come one at a time, in the order in which they were asked for, and none is lost."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from chalicelib.stores.turns import Turns

LONG = 20.0


def asked_for(turns: Turns, count: int) -> None:
    """Wait until so many wait."""
    until = time.monotonic() + LONG
    while len(turns._waiting) < count and time.monotonic() < until:
        time.sleep(0.001)


def test_who_waits_longest_is_next() -> None:
    turns, order = Turns(), list[int]()
    turns.take(0)

    def wait(number: int) -> None:
        assert turns.take(LONG)
        order.append(number)
        turns.give()

    with ThreadPoolExecutor(9) as pool:
        for number in range(9):
            pool.submit(wait, number)
            asked_for(turns, number + 1)
        turns.give()

    assert order == list(range(9))


def test_who_gives_up_is_passed_over() -> None:
    turns = Turns()
    turns.take(0)

    assert not turns.take(0.01)

    turns.give()
    assert turns.take(0)


def test_a_turn_that_comes_just_when_patience_ends_is_taken() -> None:
    turns, mine = Turns(), threading.Lock()
    turns.take(0)

    assert turns._came_at_last(mine)


def test_never_two_at_once_and_never_none() -> None:
    turns, inside, most = Turns(), [0], [0]

    def often(_: int) -> int:
        done = 0
        for _n in range(200):
            if turns.take(0.001):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                inside[0] -= 1
                turns.give()
                done += 1
        return done

    with ThreadPoolExecutor(8) as pool:
        done = sum(pool.map(often, range(8)))

    assert (done > 0, most[0], turns.take(0)) == (True, 1, True)
