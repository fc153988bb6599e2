"""Every way in: what people call (the routes of chalicelib/api), and what AWS calls."""

import gc
import logging
from typing import Any

gc.disable()  # until all is imported: none of it is ever garbage, and looking is a fifteenth of a cold start

from chalice.app import BaseLambdaEvent, Chalice, CloudWatchEvent, DynamoDBEvent, Rate, SNSEvent, SQSEvent

from chalicelib import wiring
from chalicelib.api import routes

logging.getLogger("candor").setLevel(logging.INFO)

app = Chalice("candor", configure_logs=False)
routes.register(app, wiring)

# The functions below import what they need when they are called: the API never needs it. What they raise
# rises, so that AWS counts it, repeats the call and puts it aside at last.

# Names of the template (.chalice/resources.json) that Chalice passes on as they are.
STREAM: Any = {"Fn::If": ["MakesTable", {"Fn::GetAtt": ["OwnTable", "StreamArn"]}, {"Ref": "TableStream"}]}
WORK: Any = {"Fn::GetAtt": ["Work", "Arn"]}
TOPIC = "arn:aws:sns:us-east-1:000000000000:alarms"  # the template puts its own topic in place of this
MARGIN_SECONDS = 20  # to finish what is under way before Lambda ends the call


@app.on_dynamodb_record(stream_arn=STREAM, name="on_table_changed")
def on_table_changed(event: DynamoDBEvent) -> None:
    """The table's stream has new entries of the record."""
    from chalicelib.triggers.table_changed import table_changed

    table_changed(seconds=_seconds(event))


@app.on_sqs_message(queue_arn=WORK, batch_size=1, maximum_concurrency=2, name="on_work_queued")
def on_work_queued(event: SQSEvent) -> None:
    """Something has more to do than one call should take."""
    from chalicelib.triggers.work_queued import work_queued

    work_queued(seconds=_seconds(event))


@app.on_sns_message(topic=TOPIC, name="on_alarm_published")
def on_alarm_published(event: SNSEvent) -> None:
    """An alarm was published to our topic."""
    from chalicelib.triggers.alarm_published import alarm_published

    alarm_published(event.to_dict()["Records"])


@app.schedule(Rate(1, unit=Rate.MINUTES), name="on_minute_passed")
def on_minute_passed(event: CloudWatchEvent) -> None:
    """Another minute has passed."""
    from chalicelib.triggers.minute_passed import minute_passed

    minute_passed(seconds=_seconds(event))


def _seconds(event: BaseLambdaEvent) -> float:
    """How long a call may go on with what it has to do: as long as Lambda lets it, less the margin."""
    context: Any = event.context
    return float(context.get_remaining_time_in_millis()) / 1000 - MARGIN_SECONDS


gc.freeze()  # nor need the first collection look at it
gc.enable()
