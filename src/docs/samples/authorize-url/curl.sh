#!/usr/bin/env bash
# Builds the URL to which you send the portal's owner.
# Needs openssl, jq and: KLANTPORTAAL_AUTHORIZE_URL, APP_ID, REDIRECT_URI
set -euo pipefail

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
encode() { jq --null-input --raw-output --arg text "$1" '$text | @uri'; }

# Store both in the visitor's session: you need them when they come back.
state=$(openssl rand 16 | base64url)
code_verifier=$(openssl rand 32 | base64url)

code_challenge=$(printf '%s' "$code_verifier" | openssl dgst -sha256 -binary | base64url)

url="$KLANTPORTAAL_AUTHORIZE_URL?response_type=code"
url+="&client_id=$(encode "$APP_ID")"
url+="&redirect_uri=$(encode "$REDIRECT_URI")"
url+="&scope=$(encode "customers.read")"
url+="&state=$state"
url+="&code_challenge=$code_challenge"
url+="&code_challenge_method=S256"

echo "url=$url"
echo "state=$state"
echo "code_verifier=$code_verifier"
