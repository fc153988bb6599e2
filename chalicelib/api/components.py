"""Components: add, list, look at, change, state how they are, retire."""

from chalicelib.api import answers, cursors, documents
from chalicelib.api.changes import save
from chalicelib.api.component_bodies import ComponentChange, NewComponent, Retirement
from chalicelib.api.operations import Routes
from chalicelib.api.queries import Ordered
from chalicelib.api.requests import Asked
from chalicelib.domain import components as domain
from chalicelib.domain.components import Component
from chalicelib.domain.keys import Scope
from chalicelib.domain.record import Moment
from chalicelib.stores import catalogue, maintenances, opened
from chalicelib.stores.idempotency import Answer
from chalicelib.stores.record import Change

routes = Routes("components")


@routes.post("/components", scope=Scope.COMPONENTS_WRITE, body=NewComponent, answer=documents.Component)
def create_component(asked: Asked, said: NewComponent) -> Answer:
    """Add a component."""
    id = said.id or asked.wiring.new_id()

    def decide(moment: Moment) -> Change[Component]:
        return catalogue.create(said.component(id, moment.at), moment)

    def answer(component: Component) -> Answer:
        shown = _shown(component)
        return answers.created(shown, _tag(component, shown), location=asked.address(f"/components/{id}"))

    return save(asked, decide, answer)


@routes.get("/components", query=Ordered, answer=documents.Listed[documents.Component])
def list_components(asked: Asked, query: Ordered) -> Answer:
    """List the components in the order of the page, each with its status."""
    standing, in_force = catalogue.read(), opened.in_force()
    found = cursors.behind(query.cursor, standing.components, cursors.place_in_order)
    listed = ((place, answers.component(c, standing.touches.get(c.id), in_force)) for place, c in found)
    return answers.found(cursors.filled(listed, query.limit))


@routes.get("/components/{id}", answer=documents.Component)
def get_component(asked: Asked, query: object, id: str) -> Answer:
    """Look at one component and its status."""
    return _found(catalogue.component(id))


@routes.patch(
    "/components/{id}", scope=Scope.COMPONENTS_WRITE, body=ComponentChange, answer=documents.Component
)
def change_component(asked: Asked, said: ComponentChange, id: str) -> Answer:
    """Change a component, or state its status directly."""

    def decide(moment: Moment) -> Change[Component]:
        before = catalogue.component(id)
        asked.check_match(_tag(before, _shown(before)))
        return catalogue.change(before, said.applied(before, moment), moment)

    return save(asked, decide, _found)


@routes.post(
    "/components/{id}/retire",
    scope=Scope.COMPONENTS_WRITE, body=Retirement, answer=documents.Component, status=200, if_match=False,
)  # fmt: skip
def retire_component(asked: Asked, said: Retirement, id: str) -> Answer:
    """Take a component off the page; what was said of it stays, and its id is not given again."""

    def decide(moment: Moment) -> Change[Component]:
        before = catalogue.component(id)
        asked.check_match(_tag(before, _shown(before)), needed=False)
        affects = [held[id] for held in opened.in_force() if id in held]
        planned = maintenances.planned_for(id)
        after = domain.retire_component(before, said.reason, at=moment.at, affects=affects, planned=planned)
        return catalogue.retired(after, moment)

    return save(asked, decide, _found)


def _found(component: Component) -> Answer:
    shown = _shown(component)
    return answers.found(shown, _tag(component, shown))


def _shown(component: Component) -> documents.Component:
    touch = catalogue.touches([component.id]).get(component.id)
    return answers.component(component, touch, opened.in_force())


def _tag(component: Component, shown: documents.Component) -> str:
    """The status is part of what somebody saw, and changes without a new version."""
    return answers.etag(component.version, shown.status)
