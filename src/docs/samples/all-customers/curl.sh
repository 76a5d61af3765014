#!/usr/bin/env bash
# Counts all your customers, page by page.
# Needs curl, jq and: KLANTPORTAAL_API, and ACCESS_TOKEN or KLANTPORTAAL_API_KEY
set -euo pipefail

token=${ACCESS_TOKEN:-$KLANTPORTAAL_API_KEY}
url="$KLANTPORTAAL_API/customers"
count=0

while [[ -n $url ]]; do
  # On a 429, --retry waits as long as Retry-After says and tries again.
  page=$(curl --silent --show-error --fail --retry 5 \
    --header "Authorization: Bearer $token" "$url")

  count=$((count + $(jq '.data | length' <<<"$page")))
  url=$(jq --raw-output '.next_page_url // empty' <<<"$page")
done

echo "count=$count"
