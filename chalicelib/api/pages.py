"""The page's own identity: look at, change."""

from chalicelib.api import answers, documents
from chalicelib.api.bodies import PageChange
from chalicelib.api.changes import save
from chalicelib.api.operations import Routes
from chalicelib.api.requests import Asked
from chalicelib.domain.keys import Scope
from chalicelib.domain.pages import Page
from chalicelib.domain.record import Moment
from chalicelib.stores import pages
from chalicelib.stores.idempotency import Answer
from chalicelib.stores.record import Change

routes = Routes("page")


@routes.get("/page", answer=documents.Page)
def get_page(asked: Asked, query: object) -> Answer:
    """Look at the page's identity."""
    return _found(asked.wiring.page())


@routes.patch("/page", scope=Scope.PAGE_WRITE, body=PageChange, answer=documents.Page)
def change_page(asked: Asked, said: PageChange) -> Answer:
    """Change the page's name or time zone."""
    first, stated = asked.wiring.page(), said.stated()

    def decide(moment: Moment) -> Change[Page]:
        before = pages.find() or first
        asked.check_match(_tag(before))
        name, time_zone = stated.get("name"), stated.get("time_zone")
        return pages.change(moment, version=before.version, name=name, time_zone=time_zone)

    return save(asked, decide, _found)


def _found(page: Page) -> Answer:
    return answers.found(answers.page(page), _tag(page))


def _tag(page: Page) -> str:
    return answers.etag(page.version)
