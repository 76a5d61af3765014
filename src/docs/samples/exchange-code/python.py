"""Exchanges the authorization code for an access token and a refresh token.

Needs: KLANTPORTAAL_TOKEN_URL, APP_ID, APP_SECRET, REDIRECT_URI,
       AUTHORIZATION_CODE, CODE_VERIFIER
"""

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

form = urllib.parse.urlencode(
    {
        "grant_type": "authorization_code",
        "client_id": os.environ["APP_ID"],
        "client_secret": os.environ["APP_SECRET"],
        "redirect_uri": os.environ["REDIRECT_URI"],
        "code": os.environ["AUTHORIZATION_CODE"],
        "code_verifier": os.environ["CODE_VERIFIER"],
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

# Printed for the next step. In production, store them encrypted and don't log them.
print(f"access_token={tokens['access_token']}")
print(f"refresh_token={tokens['refresh_token']}")
print(f"expires_in={tokens['expires_in']}")
print(f"portal_id={tokens['portal_id']}")
