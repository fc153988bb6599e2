"""Probes: set up, list, look at, change, remove; and what the newest run came to."""

from chalicelib.api import answers, cursors, probe_bodies
from chalicelib.api.changes import save
from chalicelib.api.documents import Listed
from chalicelib.api.operations import Routes
from chalicelib.api.probe_bodies import NewProbe, ProbeChange, Probed, ProbeResult
from chalicelib.api.queries import Named
from chalicelib.api.requests import Asked
from chalicelib.domain.addresses import is_allowed, is_literal, networks
from chalicelib.domain.errors import Invalid
from chalicelib.domain.keys import Scope
from chalicelib.domain.probes import Probe, target
from chalicelib.domain.record import Moment
from chalicelib.stores import probes
from chalicelib.stores.idempotency import Answer
from chalicelib.stores.record import Change

routes = Routes("probes")


@routes.post("/probes", scope=Scope.PROBES_WRITE, body=NewProbe, answer=Probed)
def create_probe(asked: Asked, said: NewProbe) -> Answer:
    """Set up a probe; it runs first in the next minute."""
    id = said.id or asked.wiring.new_id()

    def decide(moment: Moment) -> Change[Probe]:
        return probes.create(_checked(asked, said.probe(id, moment.at)), moment)

    def answer(probe: Probe) -> Answer:
        shown = probe_bodies.document(probe)
        return answers.created(shown, _tag(probe), location=asked.address(f"/probes/{id}"))

    return save(asked, decide, answer)


@routes.get("/probes", scope=Scope.PROBES_WRITE, query=Named, answer=Listed[Probed])
def list_probes(asked: Asked, query: Named) -> Answer:
    """List the probes by their ids."""
    found = cursors.behind(query.cursor, probes.read().probes.values(), lambda probe: probe.id)
    listed = ((place, probe_bodies.document(probe)) for place, probe in found)
    return answers.found(cursors.filled(listed, query.limit))


@routes.get("/probes/{id}", scope=Scope.PROBES_WRITE, answer=Probed)
def get_probe(asked: Asked, query: object, id: str) -> Answer:
    """Look at one probe."""
    return _found(probes.get(id))


@routes.get("/probes/{id}/result", scope=Scope.PROBES_WRITE, answer=ProbeResult)
def get_probe_result(asked: Asked, query: object, id: str) -> Answer:
    """Look at what the newest run of a probe came to."""
    return answers.found(probe_bodies.result(id, probes.standing(id)))


@routes.patch("/probes/{id}", scope=Scope.PROBES_WRITE, body=ProbeChange, answer=Probed)
def change_probe(asked: Asked, said: ProbeChange, id: str) -> Answer:
    """Change a probe."""

    def decide(moment: Moment) -> Change[Probe]:
        before = probes.get(id)
        asked.check_match(_tag(before))
        return probes.change(before, _checked(asked, said.applied(before)), moment)

    return save(asked, decide, _found)


@routes.delete("/probes/{id}", scope=Scope.PROBES_WRITE, answer=Probed)
def remove_probe(asked: Asked, id: str) -> Answer:
    """Remove a probe; an alarm of it is over with the next minute."""
    return save(asked, lambda moment: probes.remove(id), _found)


def _checked(asked: Asked, probe: Probe) -> Probe:
    """The probe, unless its URL already says that it may not be connected to; names are looked up later."""
    host = target(probe.url).host
    allowed = networks(asked.wiring.settings().probe_networks)
    if is_literal(host) and not is_allowed(host, allowed):
        raise Invalid("url", "names an address that is not public")
    return probe


def _found(probe: Probe) -> Answer:
    return answers.found(probe_bodies.document(probe), _tag(probe))


def _tag(probe: Probe) -> str:
    return answers.etag(probe.version)
