#!/usr/bin/env bash
# Creates a customer exactly once, even if the connection breaks.
# Needs curl, jq, openssl and: KLANTPORTAAL_API, KLANTPORTAAL_API_KEY
set -euo pipefail

# Store it with what you want to create: then you can try again after a restart, too.
idempotency_key=$(openssl rand -hex 16)

customer=$(jq --null-input '{
  companyName: "Bakkerij De Korenaar",
  address: "Molenstraat 12",
  zipCode: "5211 DR",
  city: "Den Bosch",
  primaryEmail: "info@korenaar.example"
}')

body=$(mktemp)
trap 'rm -f "$body"' EXIT

# curl tries again when there is no response, and after a 429 or 5xx. It follows Retry-After.
status=$(curl --silent --show-error --output "$body" --write-out '%{http_code}' \
  --max-time 30 --retry 5 --retry-all-errors \
  --header "Authorization: Bearer $KLANTPORTAAL_API_KEY" \
  --header "Content-Type: application/json" \
  --header "Idempotency-Key: $idempotency_key" \
  --data "$customer" \
  "$KLANTPORTAAL_API/customers")

if [[ $status != 200 ]]; then
  cat "$body" >&2
  exit 1
fi
jq --raw-output '"id=\(.id)"' "$body"
