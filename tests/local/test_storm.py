"""Writers of every kind at once through HTTP: the chain is whole, nothing is lost, doubled or refused."""

from bench.laptop import laptop
from bench.storm import problems, storm
from bench.writers import KINDS

WRITERS, POSTS = 3 * len(KINDS), 6


def test_a_storm_of_writers_of_every_kind_leaves_a_whole_record() -> None:
    with laptop() as found:
        seen = storm(found, count=WRITERS, posts=POSTS, kills=2)
        wrong = problems(found, seen)

    assert (seen.refused, wrong) == ([], [])
    assert len(seen.accepted) >= WRITERS * POSTS
