#!/usr/bin/env bash
# Prints the first page of your customers.
# Needs curl, jq and: KLANTPORTAAL_API, KLANTPORTAAL_API_KEY
set -euo pipefail

if ! page=$(curl --silent --show-error --fail-with-body \
  --header "Authorization: Bearer $KLANTPORTAAL_API_KEY" \
  "$KLANTPORTAAL_API/customers"); then
  echo "$page" >&2
  exit 1
fi

jq --raw-output '.data[] | "\(.id) \(.companyName)"' <<<"$page"
