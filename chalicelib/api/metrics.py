"""The metric of a component: say which one becomes samples, look at it, end it."""

from chalicelib.api import answers
from chalicelib.api.changes import save
from chalicelib.api.metric_bodies import MetricOf, NewMetric, document
from chalicelib.api.operations import Routes
from chalicelib.api.requests import Asked
from chalicelib.domain.keys import Scope
from chalicelib.domain.metrics import Metric
from chalicelib.domain.record import Moment
from chalicelib.stores import metrics
from chalicelib.stores.idempotency import Answer
from chalicelib.stores.record import Change

routes = Routes("metrics")
PATH = "/components/{id}/metric"


@routes.post(PATH, scope=Scope.SAMPLES_WRITE, body=NewMetric, answer=MetricOf, status=200)
def set_metric(asked: Asked, said: NewMetric, id: str) -> Answer:
    """Let a metric of CloudWatch become samples of a component, in place of another; fetched from now on."""

    def decide(moment: Moment) -> Change[Metric]:
        errors = said.errors.series() if said.errors else None
        return metrics.put(Metric(id, said.times.series(), moment.at, said.unit, errors))

    return save(asked, decide, _found)


@routes.get(PATH, answer=MetricOf)
def get_metric(asked: Asked, query: object, id: str) -> Answer:
    """Look at the metric that becomes samples of a component."""
    return _found(metrics.get(id))


@routes.delete(PATH, scope=Scope.SAMPLES_WRITE, answer=MetricOf)
def remove_metric(asked: Asked, id: str) -> Answer:
    """Fetch the metric of a component no more."""
    return save(asked, lambda moment: metrics.remove(id), _found)


def _found(metric: Metric) -> Answer:
    return answers.found(document(metric), answers.etag(metric.version))
