#!/usr/bin/env bash
# Exchanges the authorization code for an access token and a refresh token.
# Needs curl, jq and: KLANTPORTAAL_TOKEN_URL, APP_ID, APP_SECRET, REDIRECT_URI,
#                     AUTHORIZATION_CODE, CODE_VERIFIER
set -euo pipefail

if ! tokens=$(curl --silent --show-error --fail-with-body \
  --data-urlencode "grant_type=authorization_code" \
  --data-urlencode "client_id=$APP_ID" \
  --data-urlencode "client_secret=$APP_SECRET" \
  --data-urlencode "redirect_uri=$REDIRECT_URI" \
  --data-urlencode "code=$AUTHORIZATION_CODE" \
  --data-urlencode "code_verifier=$CODE_VERIFIER" \
  "$KLANTPORTAAL_TOKEN_URL"); then
  echo "$tokens" >&2
  exit 1
fi

# Printed for the next step. In production, store them encrypted and don't log them.
jq --raw-output '
  "access_token=\(.access_token)",
  "refresh_token=\(.refresh_token)",
  "expires_in=\(.expires_in)",
  "portal_id=\(.portal_id)"' <<<"$tokens"
