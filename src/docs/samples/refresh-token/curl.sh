#!/usr/bin/env bash
# Gets a new access token. The refresh token stays the same.
# Needs curl, jq and: KLANTPORTAAL_TOKEN_URL, APP_ID, APP_SECRET, REFRESH_TOKEN
set -euo pipefail

if ! tokens=$(curl --silent --show-error --fail-with-body \
  --data-urlencode "grant_type=refresh_token" \
  --data-urlencode "client_id=$APP_ID" \
  --data-urlencode "client_secret=$APP_SECRET" \
  --data-urlencode "refresh_token=$REFRESH_TOKEN" \
  "$KLANTPORTAAL_TOKEN_URL"); then
  echo "$tokens" >&2
  exit 1
fi

jq --raw-output '
  "access_token=\(.access_token)",
  "expires_in=\(.expires_in)"' <<<"$tokens"
