"""Creates a customer exactly once, even if the connection breaks.

Needs: KLANTPORTAAL_API, KLANTPORTAAL_API_KEY
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid


def post(path, body, idempotency_key, tries=6):
    """Sends a request until there is a final response."""
    request = urllib.request.Request(
        os.environ["KLANTPORTAAL_API"] + path,
        method="POST",
        headers={
            "Authorization": f"Bearer {os.environ['KLANTPORTAAL_API_KEY']}",
            "Content-Type": "application/json",
            "Idempotency-Key": idempotency_key,
        },
        data=json.dumps(body).encode(),
    )
    for attempt in range(tries):
        wait = 2**attempt
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            retry_after = error.headers["Retry-After"]
            if error.code < 500 and retry_after is None:
                sys.exit(error.read().decode())
            wait = int(retry_after or wait)
        except OSError as error:
            print(f"no response: {error}", file=sys.stderr)
        if attempt < tries - 1:
            time.sleep(wait)
    sys.exit(f"try again later with the key {idempotency_key}")


customer = {
    "companyName": "Bakkerij De Korenaar",
    "address": "Molenstraat 12",
    "zipCode": "5211 DR",
    "city": "Den Bosch",
    "primaryEmail": "info@korenaar.example",
}

# Store the key with what you want to create: then you can try again after a restart, too.
created = post("/customers", customer, idempotency_key=str(uuid.uuid4()))

print(f"id={created['id']}")
