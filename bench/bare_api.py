"""The API that `coldstart` compares with: Chalice, and PynamoDB in its usual form."""

import os

from chalice import Chalice
from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model

app = Chalice(app_name="bare")


class Thing(Model):
    class Meta:
        table_name = os.environ["BARE_TABLE"]
        region = os.environ["AWS_DEFAULT_REGION"]
        host = os.environ["AWS_ENDPOINT_URL"]

    id = UnicodeAttribute(hash_key=True)


@app.route("/api/v1/components")
def components():
    return {"id": Thing.get("first").id}


@app.route("/api/v1/incidents", methods=["POST"])
def incidents():
    return {"id": Thing.get("first").id}
