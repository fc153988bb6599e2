"""`run` as a real process: it starts, serves, survives what kills its parts, ends, and remembers."""

import os
import signal
import socket
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from chalicelib.local.children import listening, pause
from tests.local.laptops import Laptop, command, free_port, is_alive, until

CHILDREN = ("emulator", "pump", "web")


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    """One that runs for all tests of this module."""
    laptop = Laptop(tmp_path_factory.mktemp("laptop") / ".local", free_port())
    yield laptop
    laptop.stop()


def test_it_says_where_page_and_api_are_and_with_which_key(laptop: Laptop) -> None:
    said = laptop.said()

    assert f"http://127.0.0.1:{laptop.port}/\n" in said
    assert f"http://127.0.0.1:{laptop.port}/api/v1\n" in said
    assert laptop.key in said
    assert stat.S_IMODE((laptop.folder / "key").stat().st_mode) == 0o600


def test_what_is_posted_is_on_page_and_feeds(laptop: Laptop) -> None:
    laptop.tell("posted")

    for path in (
        "/",
        "/history.rss",
        "/history.atom",
        "/updates.rss",
        "/feed.json",
        "/api/v2/incidents.json",
    ):
        until(lambda path=path: laptop.shows(path, "Trouble with posted"), path)  # type: ignore[misc]


def test_it_listens_to_this_machine_alone(laptop: Laptop) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        own = probe.getsockname()[0]
    if own.startswith("127."):
        pytest.skip("this machine has no other address")

    with socket.socket() as stranger:
        assert stranger.connect_ex((own, laptop.port)) != 0


@pytest.mark.parametrize("name", ["web", "pump"])
def test_a_killed_child_comes_back_and_nothing_is_lost(laptop: Laptop, name: str) -> None:
    laptop.tell(f"before-{name}")
    laptop.kill(name)
    laptop.tell(f"after-{name}")

    for when in ("before", "after"):
        until(lambda when=when: laptop.shows("/", f"Trouble with {when}-{name}"), when)  # type: ignore[misc]
    assert f"died part={name}" in laptop.said()


def test_a_killed_emulator_comes_back_with_all_that_was_saved(laptop: Laptop) -> None:
    laptop.tell("saved")
    state = laptop.folder / "state" / "dynamodb.json"
    until(lambda: state.exists() and "Trouble with saved" in state.read_text(), "saved to disk")

    laptop.kill("emulator")
    laptop.tell("after-emulator")

    for id in ("saved", "after-emulator"):
        until(lambda id=id: laptop.shows("/", f"Trouble with {id}"), id)  # type: ignore[misc]


def test_commands_find_the_running_instance(laptop: Laptop) -> None:
    made = command(laptop.folder, "key", "create", "deploys", "--scope", "read")
    listed = command(laptop.folder, "key", "list")

    id = made.stdout.split("_")[1]
    assert (made.returncode, listed.returncode) == (0, 0), made.stderr + listed.stderr
    assert f"{id}  deploys  read" in listed.stdout
    assert command(laptop.folder, "key", "revoke", id).returncode == 0
    assert "revoked" in command(laptop.folder, "key", "list").stdout


def test_a_second_instance_is_refused_in_one_line(laptop: Laptop) -> None:
    second = command(laptop.folder, "run", "--port", str(free_port()))

    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert f"in use by Candor at http://127.0.0.1:{laptop.port}" in second.stderr


def test_a_taken_port_is_refused_in_one_line(tmp_path: Path) -> None:
    with listening() as taken:
        refused = command(tmp_path / ".local", "run", PORT=str(taken.getsockname()[1]))

    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "is taken" in refused.stderr


def test_a_folder_that_cannot_be_written_is_refused_in_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "read-only"
    folder.mkdir(mode=0o500)
    if os.access(folder, os.W_OK):  # root may write anywhere
        folder.rmdir()
        folder.write_text("a file")

    refused = command(folder / ".local", "run", "--port", str(free_port()))

    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert f"Cannot write to {folder}/.local" in refused.stderr


def test_a_start_with_a_wrong_setting_is_refused_by_its_name(tmp_path: Path) -> None:
    refused = command(tmp_path / ".local", "run", CANDOR_SECURITY_CONTACT="not an address")

    assert refused.returncode == 1
    assert "CANDOR_SECURITY_CONTACT must be" in refused.stderr


def test_the_story_has_somebody_to_reach_who_stays(tmp_path: Path) -> None:
    folder, port = tmp_path / ".local", free_port()
    for more in ({"DEMO": "1"}, {}):
        laptop = Laptop(folder, port, **more)
        until(partial(laptop.shows, "/.well-known/security.txt", "mailto:security@fernhill"), "security.txt")
        assert laptop.stop() == 0


def test_it_ends_in_order_and_begins_where_it_ended(tmp_path: Path) -> None:
    folder, port = tmp_path / ".local", free_port()
    first = Laptop(folder, port)
    children = [first.child(name) for name in CHILDREN]
    first.tell("kept")
    key = first.key

    assert first.stop(signal.SIGINT) == 0
    assert not any(is_alive(pid) for pid in children)

    second = Laptop(folder, port, DEMO="1")
    assert second.key == key
    until(lambda: second.shows("/", "Trouble with kept"), "the incident")
    assert not second.shows("/", "Fernhill")
    assert second.stop() == 0
    assert "Traceback" not in second.said()


def test_children_do_not_outlive_a_killed_supervisor(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path / ".local", free_port(), DEMO="1")
    assert laptop.shows("/", "Fernhill Cloud")
    assert laptop.shows("/api/v2/summary.json", "Background jobs")
    children = [laptop.child(name) for name in CHILDREN]

    laptop.stop(signal.SIGKILL)

    until(lambda: not any(is_alive(pid) for pid in children), "the end of the children")
    listed = command(laptop.folder, "key", "list")
    assert listed.returncode == 0, listed.stderr
    assert laptop.key.split("_")[1] in listed.stdout


def test_who_dies_young_again_and_again_is_started_ever_later() -> None:
    assert [pause(deaths, killed=False) for deaths in (1, 2, 3, 4, 50)] == [0.0, 0.25, 0.5, 1.0, 30.0]
    assert [pause(deaths, killed=True) for deaths in (1, 2, 3, 50)] == [0.0, 0.25, 0.5, 0.5]
