"""Builds the URL to which you send the portal's owner.

Needs: KLANTPORTAAL_AUTHORIZE_URL, APP_ID, REDIRECT_URI
"""

import base64
import hashlib
import os
import secrets
import urllib.parse

# Store both in the visitor's session: you need them when they come back.
state = secrets.token_urlsafe(16)
code_verifier = secrets.token_urlsafe(32)

digest = hashlib.sha256(code_verifier.encode()).digest()
code_challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")

query = urllib.parse.urlencode(
    {
        "response_type": "code",
        "client_id": os.environ["APP_ID"],
        "redirect_uri": os.environ["REDIRECT_URI"],
        "scope": "customers.read",
        "state": state,
        "code_challenge": code_challenge,
        "code_challenge_method": "S256",
    }
)

print(f"url={os.environ['KLANTPORTAAL_AUTHORIZE_URL']}?{query}")
print(f"state={state}")
print(f"code_verifier={code_verifier}")
