"""The publisher that `coldstart` compares with: Chalice, PynamoDB and boto3 in their usual form."""

import os

import boto3
from chalice import Chalice, Rate
from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model

app = Chalice(app_name="bare")
s3 = boto3.client("s3")


class Thing(Model):
    class Meta:
        table_name = os.environ["BARE_TABLE"]
        region = os.environ["AWS_DEFAULT_REGION"]
        host = os.environ["AWS_ENDPOINT_URL"]

    id = UnicodeAttribute(hash_key=True)


def both():
    Thing.get("first")
    s3.get_object(Bucket=os.environ["CANDOR_BUCKET"], Key="heartbeat.json")["Body"].read()


@app.on_dynamodb_record(stream_arn="arn:aws:dynamodb:us-east-1:000000000001:table/bare/stream/1")
def on_table_changed(event):
    both()


@app.on_sqs_message(queue="bare")
def on_work_queued(event):
    both()


@app.schedule(Rate(1, unit=Rate.MINUTES))
def on_minute_passed(event):
    both()
