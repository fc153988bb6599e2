"""The publishing protocol, on a real table and a real bucket."""

from chalicelib import wiring
from chalicelib.publishing.bucket import Bucket
from chalicelib.triggers.publication import Publisher
from tests.worlds import World


def test_an_update_is_on_the_page_in_the_feeds_and_in_the_json(table: str, bucket: Bucket) -> None:
    world = World()
    world.component("api", "API")
    world.open("i1", "Errors", affects={"api": "major_outage"})

    world.publisher(bucket).publish()

    for key in ("index.html", "history.rss", "updates.atom", "feed.json", "api/v2/summary.json"):
        assert b"Errors" in bucket.get(key)[0], key
