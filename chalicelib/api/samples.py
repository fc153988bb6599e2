"""Samples and days: send what a component did, look at what it came to."""

from http import HTTPStatus

from msgspec.structs import replace

from chalicelib.api import answers, documents
from chalicelib.api.batches import Lines
from chalicelib.api.operations import Routes
from chalicelib.api.problems import RETRY_AFTER_SECONDS, Fault, Refused
from chalicelib.api.queries import Counting, Stretch
from chalicelib.api.requests import Asked
from chalicelib.api.sample_bodies import MOST_SAMPLES, NewSample
from chalicelib.domain.days import asked as days_asked
from chalicelib.domain.days import stretch
from chalicelib.domain.dossiers import began
from chalicelib.domain.errors import Busy, Conflict, Invalid
from chalicelib.domain.keys import Scope
from chalicelib.domain.samples import Sample
from chalicelib.domain.uptime import Lost, lost_by_day, uptime_of
from chalicelib.stores import catalogue, days, outages, samples
from chalicelib.stores.idempotency import Answer
from chalicelib.stores.samples import Batch, Refusal, Taken

routes = Routes("samples")

IN_PART = "was true when this batch was sent before, and what is right of it counts: send it so again"

MOST_FAULTS = 100
TOO_MANY = "Too many samples at once: a part may count by now; send the same batch again, and all does, once."


@routes.post(
    "/samples", scope=Scope.SAMPLES_WRITE, body=NewSample, many=MOST_SAMPLES, query=Counting,
    answer=documents.Counted, status=200,
)  # fmt: skip
def add_samples(asked: Asked, sent: Lines[NewSample], query: Counting) -> Answer:
    """Add samples to the days of components; the same batch counts once."""
    found, wrong = samples_in(sent)
    batch = Batch(asked.repeat_of_body, found, partial=query.partial)
    try:
        if wrong and not query.partial:
            raise _refused_whole(batch, wrong, asked)
        taken = samples.check(batch, now=asked.now()) if asked.dry_run else samples.take(batch, now=asked.now)
    except samples.InPart as counted:
        raise Conflict("partial", IN_PART) from counted
    except samples.Refused as refused:
        raise _refused(list(refused.refusals)) from refused
    except Busy as busy:
        wait = {"Retry-After": str(RETRY_AFTER_SECONDS)}
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, TOO_MANY, headers=wait) from busy
    answer = answers.found(_counted(taken, wrong))
    return (
        replace(answer, headers={**answer.headers, "Idempotent-Replayed": "true"})
        if taken.is_repeat
        else answer
    )


@routes.get("/components/{id}/days", query=Stretch, answer=documents.Days)
def list_days(asked: Asked, query: Stretch, id: str) -> Answer:
    """List the days of a component, oldest first: samples, outages, uptime."""
    component, now = catalogue.component(id), asked.now()
    first, last = days_asked(query.first, query.last, today=now.date())
    numbers, told = days.read(first, last), outages.read(first).get(id, ())
    lost = lost_by_day(told, first, last, now=now)
    shown = [answers.day(numbers.of(id, day, lost=lost.get(day, Lost()))) for day in stretch(first, last)]
    uptime = uptime_of(lost, first, min(last, now.date()), began=began(component))
    return answers.found(documents.Days(component=id, days=shown, uptime=uptime))


def samples_in(sent: Lines[NewSample]) -> tuple[dict[int, Sample], list[Refusal]]:
    """The samples by their index, and what is wrong with the others."""
    found = dict[int, Sample]()
    wrong = [Refusal(it.index, it.field, it.reason) for it in sent.wrong]
    for index, said in sent.right.items():
        try:
            found[index] = said.sample()
        except Invalid as refused:
            wrong.append(Refusal(index, refused.field, refused.reason))
    return found, wrong


def _counted(taken: Taken, wrong: list[Refusal]) -> documents.Counted:
    refused = [
        documents.RefusedSample(index=it.index, field=it.field, reason=it.reason)
        for it in sorted((*wrong, *taken.refusals))
    ]
    return documents.Counted(counted=taken.counted, refused=refused)


def _refused_whole(batch: Batch, wrong: list[Refusal], asked: Asked) -> Exception:
    """Why nothing of a batch is taken in which samples are wrong: unless what is right counts already."""
    is_counted = samples.asked(batch.repeat, asked.now()) == batch.repeat.asked
    return samples.InPart() if is_counted else _refused(wrong)


def _refused(refusals: list[Refusal]) -> Refused:
    """The refusal of the whole batch: a conflict where all that is wrong is that days are closed."""
    status = HTTPStatus.CONFLICT if all(it.late for it in refusals) else HTTPStatus.BAD_REQUEST
    told = [Fault(f"{it.index}.{it.field}", it.reason) for it in sorted(refusals)[:MOST_FAULTS]]
    detail = f"{told[0].field} {told[0].reason}; {len(refusals)} samples are wrong, and none was counted."
    return Refused(status, detail, faults=told)
