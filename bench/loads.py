"""The loads of bench/run: the requests that each consists of, and the rows that they need."""

import base64
import http.client
import json
import os
import string
import threading
import time
import urllib.parse
import zlib

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
APPS, PORTALS = 200, 25
WRITES_BESIDE = 200

LOADS = {
    "read": "GET /v1/customers/{id}",
    "list": "GET /v1/customers, 15 of them",
    "introspection": "POST /oauth/introspect, a resource server asks for an API key",
    "refresh": "POST /oauth/tokens, an access token for a refresh token",
    "create": "POST /v1/customers",
    "beside": f"read, with {WRITES_BESIDE} new customers a second in another portal",
    "mixed": "of 100 requests 80 read, 8 list, 6 introspect, 3 refresh, 3 create",
}
MIX = {"read": 80, "list": 8, "introspection": 6, "refresh": 3, "create": 3}


def random_id(chance, prefix):
    return f"{prefix}_" + "".join(chance.choices(string.ascii_lowercase + string.digits, k=14))


def secret(chance, prefix):
    """A secret in the product's own notation, with its check characters."""
    text = prefix + "".join(chance.choices(BASE62, k=43))
    rest, check = zlib.crc32(text.encode()), ""
    for _ in range(6):
        rest, place = divmod(rest, 62)
        check = BASE62[place] + check
    return text + check


class Apps:
    """Apps, each connected to each of some portals, so that no limit on tokens is reached."""

    def __init__(self, chance):
        self.developer, self.account = random_id(chance, "dev"), random_id(chance, "acc")
        self.apps = [(random_id(chance, "app"), secret(chance, "kps_")) for _ in range(APPS)]
        self.portals = [random_id(chance, "prt") for _ in range(PORTALS)]
        # Per app and portal: the grant, and its refresh token.
        self.grants = [
            (random_id(chance, "grt"), app, portal, secret(chance, "kpr_")) for app in self.apps for portal in self.portals
        ]

    def rows(self, digest, now, chance):
        # One whose address isn't confirmed is deleted a minute after the start, and its grants with it.
        columns = ["id", "email", "name", "password_hash", "created_at", "email_verified_at"]
        yield "accounts", columns, [(self.account, "apps@example.com", "Bench", "!", now, now)]
        yield "developers", ["id", "name", "created_at"], [(self.developer, "Bench", now)]
        yield "portals", ["id", "name", "created_at"], [(portal, "Bench", now) for portal in self.portals]
        yield (
            "apps",
            ["id", "developer_id", "name", "description", "redirect_uris", "scopes", "created_at"],
            [(app, self.developer, "Bench", "x", '["https://app.example/back"]', "customers.read", now) for app, _ in self.apps],
        )
        yield (
            "app_secrets",
            ["id", "app_id", "secret_hash", "secret_start", "created_at"],
            [(random_id(chance, "sec"), app, digest(text), "kps_xxxx", now) for app, text in self.apps],
        )
        yield (
            "grants",
            ["id", "portal_id", "app_id", "account_id", "scopes", "created_at"],
            [(grant, portal, app, self.account, "customers.read", now) for grant, (app, _), portal, _ in self.grants],
        )
        yield (
            "oauth_tokens",
            ["id", "token_hash", "kind", "grant_id", "code_id", "scopes", "created_at"],
            [
                (random_id(chance, "tok"), digest(text), "refresh", grant, random_id(chance, "cod"), "customers.read", now)
                for grant, _, _, text in self.grants
            ],
        )


def api(method, path, key, body=""):
    return method, path, "Authentication", f"Bearer {key}", "application/json" if body else "", body


def form(path, fields, header="", value=""):
    return "POST", path, header, value, "application/x-www-form-urlencoded", urllib.parse.urlencode(fields)


def new_customer(number):
    fields = {"companyName": f"Loodgieter {number} B.V.", "address": "Keizersgracht 1", "zipCode": "1015 CJ"}
    return json.dumps({**fields, "city": "Amsterdam", "countryCode": "NL", "primaryEmail": f"info@loodgieter{number}.example"})


def requests(chance, customers, keys, apps, resource_server):
    """What wrk asks, by load: each a list of method, path, header, its value, media type and body."""
    basic = base64.b64encode(":".join(resource_server).encode()).decode()
    all_of = {
        "read": [api("GET", f"/v1/customers/{customer}", chance.choice(keys)) for customer in customers],
        "list": [api("GET", "/v1/customers?per_page=15", key) for key in keys],
        "introspection": [form("/oauth/introspect", {"token": key}, "Authorization", f"Basic {basic}") for key in keys],
        "refresh": [
            form("/oauth/tokens", {"grant_type": "refresh_token", "refresh_token": text, "client_id": app, "client_secret": proof})
            for _, (app, proof), _, text in chance.sample(apps.grants, len(apps.grants))
        ],
        "create": [api("POST", "/v1/customers", chance.choice(keys), new_customer(number)) for number in range(1000)],
    }
    all_of["mixed"] = [
        chance.choice(all_of[name]) for name in chance.choices(list(MIX), weights=MIX.values(), k=20_000)
    ]
    all_of["beside"] = all_of["read"]
    return all_of


SCRIPT = """
-- Every request is made beforehand: while measuring, the load only picks the next.
local requests, count, next_one = {}, 0, 0
function init(arguments)
  for line in io.lines(arguments[1]) do
    local method, path, name, value, kind, body = line:match("^([^\\t]*)\\t([^\\t]*)\\t([^\\t]*)\\t([^\\t]*)\\t([^\\t]*)\\t(.*)$")
    local headers = { Host = wrk.host .. ":" .. wrk.port }
    if name ~= "" then headers[name] = value end
    if kind ~= "" then headers["Content-Type"] = kind end
    count = count + 1
    requests[count] = wrk.format(method, path, headers, body ~= "" and body or nil)
  end
end
function request()
  next_one = next_one % count + 1
  return requests[next_one]
end
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('RESULT {"requests": %d, "micros": %d, "p50": %f, "p99": %f, "errors": %d}\\n', summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""


class WritesBeside:
    """Makes customers with a key, a number of times a second, while it is entered."""

    def __init__(self, port, key, core, threads=8):
        self.port, self.key, self.core, self.made, self.faults = port, key, core, 0, 0
        self.stopped, self.lock = threading.Event(), threading.Lock()
        self.pause = threads / WRITES_BESIDE
        self.threads = [threading.Thread(target=self.write) for _ in range(threads)]

    def write(self):
        os.sched_setaffinity(0, {self.core})
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Authentication": f"Bearer {self.key}", "Content-Type": "application/json"}
        due = time.monotonic()
        while not self.stopped.wait(max(0, due - time.monotonic())):
            due += self.pause
            connection.request("POST", "/v1/customers", new_customer(0), headers)
            answer = connection.getresponse()
            answer.read()
            with self.lock:
                self.made += answer.status == 200
                self.faults += answer.status != 200

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        for thread in self.threads:
            thread.join()
