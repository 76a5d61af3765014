"""Gets a new access token. The refresh token stays the same.

Needs: KLANTPORTAAL_TOKEN_URL, APP_ID, APP_SECRET, REFRESH_TOKEN
"""

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

form = urllib.parse.urlencode(
    {
        "grant_type": "refresh_token",
        "client_id": os.environ["APP_ID"],
        "client_secret": os.environ["APP_SECRET"],
        "refresh_token": os.environ["REFRESH_TOKEN"],
    }
)
request = urllib.request.Request(
    os.environ["KLANTPORTAAL_TOKEN_URL"], method="POST", data=form.encode()
)
try:
    with urllib.request.urlopen(request, timeout=30) as response:
        tokens = json.load(response)
except urllib.error.HTTPError as error:
    sys.exit(error.read().decode())

print(f"access_token={tokens['access_token']}")
print(f"expires_in={tokens['expires_in']}")
