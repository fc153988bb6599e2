"""CVSS vectors: scored as FIRST's examples are, and nothing else is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import Invalid
from chalicelib.domain.security import Severity
from chalicelib.intake.scores import score

GRAVE = Severity.CRITICAL
METRICS = [
    "AV:N",
    "AC:L",
    "Au:N",
    "PR:N",
    "UI:N",
    "S:U",
    "C:H",
    "I:H",
    "A:H",
    "C:P",
    "AT:N",
    "VC:H",
    "E:X",
    "X:Y",
    "RL:ND",
    "",
]


@pytest.mark.parametrize(
    ("vector", "version", "base", "severity"),
    [
        pytest.param("AV:N/AC:L/Au:N/C:N/I:N/A:C", "2.0", "7.8", Severity.HIGH, id="2.0"),
        pytest.param("CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", "3.0", "6.4", Severity.MEDIUM, id="3.0"),
        pytest.param("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", "3.1", "10.0", GRAVE, id="3.1"),
        pytest.param("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", "3.1", "0.0", Severity.NONE, id="none"),
        pytest.param(
            "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "4.0", "9.3", GRAVE, id="4.0"
        ),
    ],
)  # fmt: skip
def test_a_vector_comes_to_its_base_score(vector: str, version: str, base: str, severity: Severity) -> None:
    found = score("cvss", vector)

    assert (found.vector, found.version, found.score, found.severity) == (vector, version, base, severity)


@pytest.mark.parametrize(
    "vector", ["", "9.8", "CVSS:4.1/AV:N", "CVSS:3.1/", "(AV:N/AC:L/Au:N/C:N/I:N/A:C)", "A:B/" * 400]
)
def test_what_is_no_vector_is_refused_by_the_field_that_held_it(vector: str) -> None:
    with pytest.raises(Invalid) as refused:
        score("vulnerabilities.3.cvss", vector)

    assert refused.value.field == "vulnerabilities.3.cvss"


@given(
    st.sampled_from(["", "CVSS:3.0/", "CVSS:3.1/", "CVSS:4.0/"]),
    st.lists(st.sampled_from(METRICS), max_size=14),
)
def test_whatever_is_sent_is_scored_or_refused(prefix: str, metrics: list[str]) -> None:
    try:
        found = score("cvss", prefix + "/".join(metrics))
    except Invalid as refused:
        assert refused.field == "cvss"
    else:
        assert 0 <= float(found.score) <= 10
