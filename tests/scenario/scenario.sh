#!/usr/bin/env bash
# A day of a portal with curl: imports 1,000 customers; shares and asks for files, books, and stamps cards with some
# of them; answers a ticket, and the customer answers by mail. Operations are called by their names in the OpenAPI
# document. What gets no response is sent again with the same Idempotency-Key, so nothing happens twice.
# Prints the ids of what it made, as JSON.
#
# Needs curl 7.84 or newer, jq, openssl and:
#   KLANTPORTAAL_API, KLANTPORTAAL_API_KEY
#   WEBHOOK_URL     where events are sent to
#   MAIL_FOLDER     the folder with the mail that the server sent
#   RECEIVE_MAIL    the command that takes a mail to the server: klantportaal mail receive
set -euo pipefail

customers=1000
served=25
stamps=6
patience=300 # How long anything is tried, in seconds.
reply='Om acht uur staat er iemand op de stoep.'
answer='Fijn, de koffie staat dan klaar.'

# Keys of requests begin with it. Who stores it can run all of this again and gets the same responses.
run=${RUN:-$(openssl rand -hex 16)}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# curl tries again when there is no response, and after a 429 or 5xx.
cat >"$folder/curl" <<TEXT
silent
show-error
max-time = 30
retry = $patience
retry-delay = 1
retry-max-time = $patience
retry-all-errors
header = "Authorization: Bearer $KLANTPORTAAL_API_KEY"
TEXT

# Method and path of each operation, by its name.
declare -A operations
curl --config "$folder/curl" --fail --output "$folder/openapi.json" "${KLANTPORTAAL_API%/v1}/docs/openapi.json"
while read -r name operation; do
  operations[$name]=$operation
done < <(jq --raw-output '.paths | to_entries[] | .key as $path | .value | to_entries[]
  | "\(.value.operationId) \(.key | ascii_upcase) \($path)"' "$folder/openapi.json")

# send KEY OPERATION [PATH PARAMETER …] [-- CURL OPTION …]: prints the response.
send() {
  local key=$1 method path body=$folder/response-$BASHPID status
  read -r method path <<<"${operations[$2]}"
  shift 2
  while [[ $path == *{* ]]; do
    path="${path%%\{*}$1${path#*\}}"
    shift
  done
  if [[ ${1:-} == -- ]]; then shift; fi
  if [[ $method == POST ]]; then set -- --header "Idempotency-Key: $run-$key" "$@"; fi
  while
    status=$(curl --config "$folder/curl" --request "$method" --output "$body" \
      --write-out '%{http_code} %header{retry-after}' "$@" "$KLANTPORTAAL_API$path") || return
    # The first request with this key is still in progress.
    [[ $status == '409 '?* ]]
  do sleep "${status#* }"; done
  if [[ $status != '200 '* ]]; then
    cat "$body" >&2
    return 1
  fi
  cat "$body"
}

# wait_for COMMAND …: tries a command until it succeeds.
wait_for() {
  local end=$((SECONDS + patience))
  until "$@"; do
    if ((SECONDS > end)); then
      echo "waited in vain for: $*" >&2
      return 1
    fi
    sleep 0.2
  done
}

# import_customers: creates all of them with a single curl, eight at a time.
import_customers() {
  local method path
  read -r method path <<<"${operations[createCustomer]}"
  mkdir "$folder/customers"
  jq --null-input --raw-output --argjson customers "$customers" \
    --arg method "$method" --arg url "$KLANTPORTAAL_API$path" --arg key "$run-customer" --arg folder "$folder" '
    [
      range($customers) | (10000 + . | tostring[1:]) as $number | {
        companyName: "Klant \($number)",
        primaryEmail: "klant\($number)@example.nl",
        address: "Dorpsstraat 1",
        zipCode: "1234 AB",
        city: "Ons Dorp"
      } | [
        "config = \($folder + "/curl" | tojson)",
        "request = \($method)",
        "url = \($url | tojson)",
        "header = \("Idempotency-Key: \($key)-\($number)" | tojson)",
        "json = \(tojson | tojson)",
        "output = \("\($folder)/customers/\($number)" | tojson)",
        "write-out = \"%{http_code}\\n\""
      ] | join("\n")
    ] | join("\nnext\n")' >"$folder/import"
  wait_for all_are_imported
}

# all_are_imported: sends all of them. Those that were sent before get their response again.
all_are_imported() {
  local statuses
  statuses=$(curl --parallel --parallel-max 8 --config "$folder/import") || return
  if grep --quiet --extended-regexp --invert-match '^(200|409)$' <<<"$statuses"; then
    cat "$folder"/customers/* >&2
    exit 1
  fi
  [[ $statuses != *409* ]]
}

# serve NUMBER CUSTOMER: a file that is shared, a request for files, an appointment, and a stamped card.
serve() {
  local number=$1 customer=$2 file share request appointment issued day stamp
  printf 'Nummer %d' "$number" >"$folder/file-$number"
  file=$(send "file-$number" createFile -- \
    --form "file=@$folder/file-$number;filename=Offerte $number.txt" | jq --raw-output .id)

  share=$(send "share-$number" createFileShare -- \
    --json "{\"content\": [\"$file\"], \"customerId\": \"$customer\"}" | jq --raw-output .id)

  request=$(send "request-$number" createFileRequest -- --json "{
    \"name\": \"Jaarstukken\", \"requestedFiles\": [{\"name\": \"Jaarrekening\"}], \"customerId\": \"$customer\"
  }" | jq --raw-output .id)

  day=2031-03-$(printf %02d $((number % 28 + 1)))
  appointment=$(send "appointment-$number" createAppointment -- --json "{
    \"name\": \"Onderhoud\", \"startsAt\": \"$day 10:00:00\", \"endsAt\": \"$day 11:00:00\", \"customerId\": \"$customer\"
  }" | jq --raw-output .id)
  # If only the response to the first request was lost, the second one is refused: it is scheduled already.
  send - updateAppointment "$appointment" -- --json '{"status": "scheduled"}' >/dev/null ||
    [[ $(send - getAppointment "$appointment" | jq --raw-output .status) == scheduled ]]

  issued=$(send "card-$number" issuePunchCard "$card" -- --json "{\"customerId\": \"$customer\"}" | jq --raw-output .id)
  for ((stamp = 0; stamp < stamps; stamp++)); do
    send "stamp-$number-$stamp" stampPunchCard "$card" "$issued" -- --json '{"stamps": 1}' >/dev/null
  done

  jq --null-input '$ARGS.named' --arg file "$file" --arg share "$share" --arg request "$request" \
    --arg appointment "$appointment" --arg card "$issued"
}

# serve_all: several customers at a time.
serve_all() {
  local number pid pids=()
  mkdir "$folder/served"
  for ((number = 0; number < served; number++)); do
    serve "$number" "${ids[number]}" >"$folder/served/$(printf %04d "$number")" &
    pids+=($!)
    if ((${#pids[@]} == 5 || number == served - 1)); then
      for pid in "${pids[@]}"; do wait "$pid"; done
      pids=()
    fi
  done
}

# find_mail MESSAGE: sets mail to the file of the mail with a message of a ticket.
find_mail() {
  mail=$(grep --files-with-matches "^Message-ID: <$1@" "$MAIL_FOLDER"/*.eml 2>/dev/null)
}

# field NAME MAIL: prints a field of a mail's header, unfolded.
field() {
  awk -v name="$1:" '
    { sub(/\r$/, "") }
    /^$/ { exit }
    /^[ \t]/ { if (found) value = value $0; next }
    { found = index($0, name) == 1 }
    found { value = substr($0, length(name) + 2) }
    END { print value }' "$2"
}

# answer_by_mail MAIL: answers it twice, as a mail server does that didn't hear of the first time.
answer_by_mail() {
  cat >"$folder/answer" <<TEXT
From: $(field To "$1")
To: $(field Reply-To "$1")
Subject: Re: $(field Subject "$1")
Message-ID: <$run@example.nl>
In-Reply-To: $(field Message-ID "$1")
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

$answer
TEXT
  bash -c "$RECEIVE_MAIL" <"$folder/answer" >/dev/null
  bash -c "$RECEIVE_MAIL" <"$folder/answer" >/dev/null
}

for type in customer-created appointment-created ticket-reply-customer ticket-reply-employee; do
  send "webhook-$type" createWebhook -- --json "{\"type\": \"$type\", \"url\": \"$WEBHOOK_URL\"}" >/dev/null
done

import_customers
mapfile -t ids < <(jq --raw-output .id "$folder"/customers/*)

card=$(send card createPunchCard -- \
  --json '{"name": "Koffiekaart", "punches": 10, "punchLabel": "kopje"}' | jq --raw-output .id)
serve_all

ticket=$(send - listTickets -- --get --data status=open |
  jq --raw-output '[.data[] | select(.customerId)][0].id')
message=$(send reply replyToTicket "$ticket" -- --json "{\"message\": \"<p>$reply</p>\"}" |
  jq --raw-output '.messages[-1].id')
wait_for find_mail "$message"
answer_by_mail "$mail"

jq --null-input --arg card "$card" --arg ticket "$ticket" --slurpfile served <(cat "$folder"/served/*) \
  '{card: $card, ticket: $ticket, customers: $ARGS.positional, served: $served}' --args "${ids[@]}"
