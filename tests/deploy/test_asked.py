"""Why not, in one line: whatever stands in the way of deploy and destroy."""

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

import asked
import package
from stacks import Refused


def answered(code: str, message: str) -> ClientError:
    """An error as botocore raises it."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "PutObject")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param(Refused("no"), "try: no", id="refused by us"),
        pytest.param(package.Refused("no chalice"), "try: no chalice", id="refused by the build"),
        pytest.param(
            answered("AccessDenied", "not you"),
            "try: these AWS credentials do not allow PutObject: not you",
            id="a right that lacks",
        ),
        pytest.param(
            answered("ExpiredToken", "old"),
            "try: these AWS credentials have expired (ExpiredToken)",
            id="expired",
        ),
        pytest.param(
            answered("InvalidClientTokenId", "who?"),
            "try: AWS does not accept these credentials (InvalidClientTokenId)",
            id="unknown credentials",
        ),
        pytest.param(answered("Else", "a\nb"), "try: AWS refuses PutObject: a b", id="anything else"),
        pytest.param(
            EndpointConnectionError(endpoint_url="https://x"),
            'try: Could not connect to the endpoint URL: "https://x"',
            id="no network",
        ),
    ],
)
def test_what_stands_in_the_way_is_one_line(error: Exception, said: str) -> None:
    assert ending(error) == said


def test_an_interruption_says_that_the_next_run_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert ending(KeyboardInterrupt()) == 130
    assert "the next run goes on from there" in capsys.readouterr().err


def test_a_fault_of_ours_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        asked.run("try", raiser(ZeroDivisionError()))


def ending(error: BaseException) -> object:
    """What the process ends with when this rises."""
    with pytest.raises(SystemExit) as ended:
        asked.run("try", raiser(error))
    return ended.value.code


def raiser(error: BaseException) -> Callable[[], None]:
    def rise() -> None:
        raise error

    return rise
