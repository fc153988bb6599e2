"""Groups: add, list, look at, change, retire."""

from chalicelib.api import answers, cursors, documents
from chalicelib.api.changes import save
from chalicelib.api.component_bodies import GroupChange, NewGroup, Retirement
from chalicelib.api.operations import Routes
from chalicelib.api.queries import Ordered
from chalicelib.api.requests import Asked
from chalicelib.domain import components as domain
from chalicelib.domain.components import Group
from chalicelib.domain.keys import Scope
from chalicelib.domain.record import Moment
from chalicelib.stores import catalogue
from chalicelib.stores.idempotency import Answer
from chalicelib.stores.record import Change

routes = Routes("groups")


@routes.post("/groups", scope=Scope.COMPONENTS_WRITE, body=NewGroup, answer=documents.Group)
def create_group(asked: Asked, said: NewGroup) -> Answer:
    """Add a group."""
    id = said.id or asked.wiring.new_id()

    def decide(moment: Moment) -> Change[Group]:
        return catalogue.create(said.group(id, moment.at), moment)

    def answer(group: Group) -> Answer:
        return answers.created(answers.group(group), _tag(group), location=asked.address(f"/groups/{id}"))

    return save(asked, decide, answer)


@routes.get("/groups", query=Ordered, answer=documents.Listed[documents.Group])
def list_groups(asked: Asked, query: Ordered) -> Answer:
    """List the groups in the order of the page."""
    found = cursors.behind(query.cursor, catalogue.read().groups, cursors.place_in_order)
    listed = ((place, answers.group(group)) for place, group in found)
    return answers.found(cursors.filled(listed, query.limit))


@routes.get("/groups/{id}", answer=documents.Group)
def get_group(asked: Asked, query: object, id: str) -> Answer:
    """Look at one group."""
    return _found(catalogue.group(id))


@routes.patch("/groups/{id}", scope=Scope.COMPONENTS_WRITE, body=GroupChange, answer=documents.Group)
def change_group(asked: Asked, said: GroupChange, id: str) -> Answer:
    """Change a group."""

    def decide(moment: Moment) -> Change[Group]:
        before = catalogue.group(id)
        asked.check_match(_tag(before))
        return catalogue.change(before, said.applied(before), moment)

    return save(asked, decide, _found)


@routes.post(
    "/groups/{id}/retire",
    scope=Scope.COMPONENTS_WRITE, body=Retirement, answer=documents.Group, status=200, if_match=False,
)  # fmt: skip
def retire_group(asked: Asked, said: Retirement, id: str) -> Answer:
    """Take a group without components off the page; its id is not given again."""

    def decide(moment: Moment) -> Change[Group]:
        before = catalogue.group(id)
        asked.check_match(_tag(before), needed=False)
        standing = catalogue.read().components
        after = domain.retire_group(before, said.reason, at=moment.at, components=standing)
        return catalogue.retired(after, moment)

    return save(asked, decide, _found)


def _found(group: Group) -> Answer:
    return answers.found(answers.group(group), _tag(group))


def _tag(group: Group) -> str:
    return answers.etag(group.version)
