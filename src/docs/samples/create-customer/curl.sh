#!/usr/bin/env bash
# Creates a customer and prints its id, or the errors of its fields.
# Needs curl, jq, openssl and: KLANTPORTAAL_API, KLANTPORTAAL_API_KEY
# Optional:                    CUSTOMER_EMAIL
set -euo pipefail

customer=$(jq --null-input --arg email "${CUSTOMER_EMAIL-info@korenaar.example}" '{
  companyName: "Bakkerij De Korenaar",
  address: "Molenstraat 12",
  zipCode: "5211 DR",
  city: "Den Bosch",
  primaryEmail: $email
}')

# Send the same key when you try again, and the customer is not created twice.
idempotency_key=$(openssl rand -hex 16)

# The last line of the output is the HTTP status, the rest is the body.
answer=$(curl --silent --show-error --write-out '\n%{http_code}' \
  --header "Authorization: Bearer $KLANTPORTAAL_API_KEY" \
  --header "Content-Type: application/json" \
  --header "Idempotency-Key: $idempotency_key" \
  --data "$customer" \
  "$KLANTPORTAAL_API/customers")
status=${answer##*$'\n'}
body=${answer%$'\n'*}

case $status in
  200)
    jq --raw-output '"id=\(.id)"' <<<"$body"
    ;;
  422)
    jq --raw-output '.errors | to_entries[] | "\(.key): \(.value | join(" "))"' <<<"$body"
    exit 1
    ;;
  *)
    echo "$body" >&2
    exit 1
    ;;
esac
