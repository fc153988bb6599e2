"""The description of the API, for programs and for people."""

from chalicelib.api.operations import Routes
from chalicelib.api.requests import Asked
from chalicelib.stores.idempotency import Answer

routes = Routes("description")


@routes.get("/openapi.json", scope=None, answer=dict)
def get_description(asked: Asked, query: object) -> Answer:
    """Look at this description (OpenAPI 3.1)."""
    from chalicelib.api import descriptions  # few ask, and it takes a while to make

    return descriptions.answer(asked.root)
