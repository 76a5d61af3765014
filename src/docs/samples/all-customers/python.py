"""Counts all your customers, page by page.

Needs: KLANTPORTAAL_API, and ACCESS_TOKEN or KLANTPORTAAL_API_KEY
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request

token = os.environ.get("ACCESS_TOKEN") or os.environ["KLANTPORTAAL_API_KEY"]
url = f"{os.environ['KLANTPORTAAL_API']}/customers"
count = 0

while url:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            page = json.load(response)
    except urllib.error.HTTPError as error:
        if error.code != 429:
            sys.exit(error.read().decode())
        time.sleep(int(error.headers.get("Retry-After", "60")))
        continue

    count += len(page["data"])
    url = page["next_page_url"]

print(f"count={count}")
