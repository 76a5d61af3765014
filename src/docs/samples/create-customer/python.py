"""Creates a customer and prints its id, or the errors of its fields.

Needs:       KLANTPORTAAL_API, KLANTPORTAAL_API_KEY
Optional:    CUSTOMER_EMAIL
"""

import json
import os
import sys
import urllib.error
import urllib.request
import uuid

api = os.environ["KLANTPORTAAL_API"]
key = os.environ["KLANTPORTAAL_API_KEY"]

customer = {
    "companyName": "Bakkerij De Korenaar",
    "address": "Molenstraat 12",
    "zipCode": "5211 DR",
    "city": "Den Bosch",
    "primaryEmail": os.environ.get("CUSTOMER_EMAIL", "info@korenaar.example"),
}

# Send the same key when you try again, and the customer is not created twice.
idempotency_key = str(uuid.uuid4())

request = urllib.request.Request(
    f"{api}/customers",
    method="POST",
    headers={
        "Authorization": f"Bearer {key}",
        "Content-Type": "application/json",
        "Idempotency-Key": idempotency_key,
    },
    data=json.dumps(customer).encode(),
)
try:
    with urllib.request.urlopen(request, timeout=30) as response:
        created = json.load(response)
except urllib.error.HTTPError as error:
    body = error.read().decode()
    if error.code != 422:
        sys.exit(body)
    for field, messages in json.loads(body)["errors"].items():
        print(f"{field}: {' '.join(messages)}")
    sys.exit(1)

print(f"id={created['id']}")
