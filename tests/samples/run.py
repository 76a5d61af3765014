#!/usr/bin/env python3
"""Runs every sample program of the documentation against a real server.

Needs bash, curl, jq, openssl, node and python3, and beforehand:

    cargo build --bin klantportaal --examples

CARGO_TARGET_DIR is minded. Prints a line per sample; exits with 1 when one fails. With --slow it also sees
to it that a sample waits at the rate limit, which takes minutes.
"""

import concurrent.futures
import html
import http.cookiejar
import http.server
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug"
SAMPLES = ROOT / "src" / "docs" / "samples"
REDIRECT_URI = "http://127.0.0.1:53682/callback"
EMAIL, PASSWORD = "owner@example.com", "a password of some length"

# The server refuses to start with variables that it does not know, and samples must not see ours.
PLAIN = {name: value for name, value in os.environ.items() if not name.startswith("KLANTPORTAAL_")}


def command(name, language):
    """The command that runs a sample."""
    return {
        "curl": ["bash", str(SAMPLES / name / "curl.sh")],
        "python": [sys.executable, str(SAMPLES / name / "python.py")],
        "javascript": ["node", str(SAMPLES / name / "javascript.mjs")],
        "rust": [str(TARGET / "examples" / name)],
    }[language]


LANGUAGES = ["curl", "python", "javascript", "rust"]


class Server:
    """A server on a free port, with its own data folder."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="klantportaal-samples-")
        self.log = open(Path(self.folder.name) / "log", "w")
        self.process = subprocess.Popen(
            self.program("serve", "--listen", "127.0.0.1:0"), env=PLAIN, stdout=subprocess.PIPE, stderr=self.log, text=True
        )
        self.url = None
        for line in self.process.stdout:
            if found := re.search(r"listens on (\S+)", line):
                self.url = found[1]
                break
        if not self.url:
            sys.exit(f"the server did not start: {self.what_it_logged()}")

    def program(self, *arguments):
        return [str(TARGET / "klantportaal"), "--data-dir", self.folder.name, *arguments]

    def cli(self, *arguments, text=None):
        """Runs a command beside the server and gives what it printed."""
        done = subprocess.run(self.program(*arguments), env=PLAIN, input=text, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(arguments)}: {done.stderr}")
        return json.loads(done.stdout)

    def what_it_logged(self):
        return (Path(self.folder.name) / "log").read_text()

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.process.stdout.close()
        self.log.close()
        self.folder.cleanup()


class LosesAnswers(http.server.BaseHTTPRequestHandler):
    """A proxy that passes each request on, and hangs up instead of giving the first answer."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        names = ("Authorization", "Content-Type", "Idempotency-Key")
        headers = {name: self.headers[name] for name in names}
        request = urllib.request.Request(self.server.target + self.path, method="POST", headers=headers, data=body)
        with urllib.request.urlopen(request, timeout=120) as response:
            answer = response.read()
            self.server.passed_on.append((headers["Idempotency-Key"], response.headers["Idempotent-Replayed"], json.loads(answer)["id"]))
        self.close_connection = True
        if len(self.server.passed_on) > 1:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    def log_message(self, *arguments):
        pass


class StayHere(urllib.request.HTTPRedirectHandler):
    """Follows the server's own redirects, and stops at the app's address."""

    def redirect_request(self, request, fp, code, msg, headers, newurl):
        if newurl.startswith(REDIRECT_URI):
            raise Returned(newurl)
        return super().redirect_request(request, fp, code, msg, headers, newurl)


class Returned(Exception):
    """The browser was sent back to the app."""


class Owner:
    """A portal's owner with a browser."""

    def __init__(self, server):
        self.server = server
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.browser = urllib.request.build_opener(jar, StayHere)
        page = self.open(f"{server.url}/manage/login")
        self.open(f"{server.url}/manage/login", csrf=hidden(page, "csrf"), email=EMAIL, password=PASSWORD)

    def open(self, url, **form):
        data = urllib.parse.urlencode(form).encode() if form else None
        try:
            with self.browser.open(url, data, timeout=120) as response:
                return response.read().decode()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{url}: {error.code} {error.read().decode()}") from error

    def allow(self, url):
        """Opens the consent page, agrees if asked, and gives the parameters with which the app is called."""
        try:
            page = self.open(url)
            self.open(url, decision="allow", **{name: hidden(page, name) for name in ("csrf", "portal", "required")})
        except Returned as returned:
            return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(str(returned)).query))
        raise AssertionError("the owner was not sent back to the app")


def hidden(page, name):
    """The value of a form's hidden field."""
    for field in re.findall(r"<input[^>]*>", page):
        if f'name="{name}"' in field:
            return html.unescape(re.search(r'value="([^"]*)"', field)[1])
    raise AssertionError(f"no field {name} in {page}")


class Samples(unittest.TestCase):
    """Each test runs one program in all languages."""

    @classmethod
    def setUpClass(cls):
        cls.server = server = Server()
        cls.addClassCleanup(server.stop)
        portal = server.cli("portal", "create", "--name", "Sample", "--owner-email", EMAIL, "--password-stdin", text=PASSWORD)
        scopes = ["--scope", "customers.read", "--scope", "customers.write"]
        cls.portal, cls.scopes = portal["portalId"], scopes
        cls.with_key = {"KLANTPORTAAL_API": f"{server.url}/v1", "KLANTPORTAAL_API_KEY": cls.key(rate_limit=0)}
        developer = server.cli("developer", "create", "--name", "Dev", "--email", "dev@example.com", "--password-stdin", text=PASSWORD)
        app = server.cli(
            "app", "create", "--developer", developer["developerId"], "--name", "App", "--redirect-uri", REDIRECT_URI, *scopes
        )
        cls.api = {"KLANTPORTAAL_API": f"{server.url}/v1"}
        cls.app = {"APP_ID": app["appId"], "REDIRECT_URI": REDIRECT_URI, "KLANTPORTAAL_AUTHORIZE_URL": f"{server.url}/oauth/authorize"}
        cls.token = {"APP_ID": app["appId"], "APP_SECRET": app["appSecret"], "KLANTPORTAAL_TOKEN_URL": f"{server.url}/oauth/tokens"}
        cls.owner = Owner(server)

    @classmethod
    def key(cls, rate_limit):
        """A new API key with its own rate limit; 0 for none."""
        limit = ["--rate-limit", str(rate_limit)]
        return cls.server.cli("api-key", "create", "--portal", cls.portal, "--name", "Samples", *limit, *cls.scopes)["key"]

    def run_sample(self, name, language, variables, succeeds=True):
        """Runs a sample and gives its lines."""
        done = subprocess.run(command(name, language), env=PLAIN | variables, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode == 0, succeeds, f"{name} in {language}: {done.stdout}{done.stderr}")
        return done.stdout.splitlines()

    def values(self, *arguments):
        return dict(line.split("=", 1) for line in self.run_sample(*arguments))

    def each(self, name):
        """Every language in turn, with a line of its own."""
        for language in LANGUAGES:
            yield language
            print(f"{name} {language}: ok")

    def test_1_create_customer(self):
        for language in self.each("create-customer"):
            created = self.values("create-customer", language, self.with_key)
            self.assertRegex(created["id"], r"^cst_[a-z0-9]+$")
            faulty = self.with_key | {"CUSTOMER_EMAIL": "nobody"}
            lines = self.run_sample("create-customer", language, faulty, succeeds=False)
            self.assertEqual([line.split(":")[0] for line in lines], ["primaryEmail"])

    def test_1_safe_retry(self):
        for language in self.each("safe-retry"):
            proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), LosesAnswers)
            proxy.target, proxy.passed_on = self.server.url, []
            thread = threading.Thread(target=proxy.serve_forever)
            thread.start()
            try:
                address = f"http://127.0.0.1:{proxy.server_port}/v1"
                created = self.values("safe-retry", language, self.with_key | {"KLANTPORTAAL_API": address})
            finally:
                proxy.shutdown()
                thread.join()
                proxy.server_close()
            (key, lost, first), (again, replayed, second) = proxy.passed_on
            self.assertEqual((again, lost, replayed), (key, None, "true"))
            self.assertEqual((created["id"], second), (first, first))

    def test_2_first_call(self):
        for language in self.each("first-call"):
            lines = self.run_sample("first-call", language, self.with_key)
            self.assertTrue(lines)
            for line in lines:
                self.assertRegex(line, r"^cst_[a-z0-9]+ Bakkerij De Korenaar$")
            wrong = self.api | {"KLANTPORTAAL_API_KEY": "kpk_wrong"}
            self.run_sample("first-call", language, wrong, succeeds=False)

    def test_3_all_customers(self):
        have = int(self.values("all-customers", "python", self.with_key)["count"])
        for _ in range(17):
            self.values("create-customer", "python", self.with_key)
        for language in self.each("all-customers"):
            count = self.values("all-customers", language, self.with_key)["count"]
            self.assertEqual(int(count), have + 17)

    @unittest.skipUnless("--slow" in sys.argv, "takes a minute; give --slow")
    def test_3_all_customers_over_the_limit(self):
        with concurrent.futures.ThreadPoolExecutor() as pool:
            variables = [self.api | {"KLANTPORTAAL_API_KEY": self.key(rate_limit=1)} for _ in LANGUAGES]
            counts = pool.map(lambda one: self.values("all-customers", *one), zip(LANGUAGES, variables, strict=True))
            self.assertEqual(len({count["count"] for count in counts}), 1)
        print("all-customers waits as long as Retry-After says: ok")

    def test_4_oauth(self):
        for language in self.each("authorize-url"):
            asked = self.values("authorize-url", language, self.app)
            self.assertTrue(43 <= len(asked["code_verifier"]) <= 128)
            back = self.owner.allow(asked["url"])
            self.assertEqual((back["state"], back["iss"]), (asked["state"], self.server.url))
            exchange = self.token | {
                "REDIRECT_URI": REDIRECT_URI,
                "AUTHORIZATION_CODE": back["code"],
                "CODE_VERIFIER": asked["code_verifier"],
            }
            tokens = self.values("exchange-code", language, exchange)
            self.assertEqual((tokens["expires_in"], tokens["portal_id"]), ("3600", self.portal))
            print(f"exchange-code {language}: ok")
            refresh = self.token | {"REFRESH_TOKEN": tokens["refresh_token"]}
            fresh = self.values("refresh-token", language, refresh)
            self.assertEqual(fresh["expires_in"], "3600")
            self.assertNotEqual(fresh["access_token"], tokens["access_token"])
            print(f"refresh-token {language}: ok")
            for access in (tokens["access_token"], fresh["access_token"]):
                self.values("all-customers", language, self.api | {"ACCESS_TOKEN": access})

    def test_5_reused_code(self):
        asked = self.values("authorize-url", "python", self.app)
        back = self.owner.allow(asked["url"])
        exchange = self.token | {"REDIRECT_URI": REDIRECT_URI, "AUTHORIZATION_CODE": back["code"], "CODE_VERIFIER": asked["code_verifier"]}
        self.values("exchange-code", "python", exchange)
        for language in LANGUAGES:
            self.run_sample("exchange-code", language, exchange, succeeds=False)


if __name__ == "__main__":
    unittest.main(argv=[argument for argument in sys.argv if argument != "--slow"], verbosity=0)
