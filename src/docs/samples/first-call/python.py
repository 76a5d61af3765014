"""Prints the first page of your customers.

Needs: KLANTPORTAAL_API, KLANTPORTAAL_API_KEY
"""

import json
import os
import sys
import urllib.error
import urllib.request

api = os.environ["KLANTPORTAAL_API"]
key = os.environ["KLANTPORTAAL_API_KEY"]

request = urllib.request.Request(
    f"{api}/customers",
    headers={"Authorization": f"Bearer {key}"},
)
try:
    with urllib.request.urlopen(request, timeout=30) as response:
        page = json.load(response)
except urllib.error.HTTPError as error:
    sys.exit(error.read().decode())

for customer in page["data"]:
    print(customer["id"], customer["companyName"])
