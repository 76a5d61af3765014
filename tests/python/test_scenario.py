"""A day of a portal by its API, with curl, Python and TypeScript (tests/scenario), while the server is killed again and
again: nothing is lost, and nothing happens twice."""

import contextlib
import json
import os
import queue
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from generated import generate_client
from receiver import Receiver
from server import BINARY, ROOT, Server

PROGRAMS = ROOT / "tests" / "scenario"
GENERATORS = ROOT / "tests" / "clients"
# By which client, on which engine. They run at once, so each one more makes all of them slower.
RUNS = [("curl", "sqlite"), ("python", "sqlite"), ("python", "postgres"), ("typescript", "postgres")]
# What the programs do.
CUSTOMERS = 1000
SERVED = 25
STAMPS = 6
REPLY, ANSWER = "Om acht uur staat er iemand op de stoep.", "Fijn, de koffie staat dan klaar."
# At least and at most.
KILLS = (5, 40)
# How long anything is waited for, in seconds. What a killed process was doing is taken over after two minutes.
PATIENCE = 300
PATHS = ["/customers", "/files", "/file-shares", "/file-requests", "/appointments", "/punch-cards", "/webhooks"]
SCOPES = ["customers", "files", "fileshare", "filerequest", "appointments", "punchcards", "tickets", "webhooks"]
FLAGS = ["--webhook-allow", "127.0.0.0/8", "--ticket-address", "support@portaal.example", "--mail-from", "Portaal <post@portaal.example>"]


class Kills:
    """Kills the server at random moments, until all is done and it was killed a few times."""

    def __init__(self, server):
        self._server, self._done, self._fault = server, threading.Event(), None
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()
        if self._fault:
            raise self._fault

    def _run(self):
        try:
            least, most = KILLS
            for kill in range(most):
                if kill >= least and self._done.is_set():
                    break
                time.sleep(random.uniform(0.5, 3))
                self._server.kill_and_start()
        except Exception as fault:
            self._fault = fault


def run(*command, **more):
    """Runs a program; returns what it printed."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=2 * PATIENCE, **more)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def build_python(url, folder):
    """The program in Python, with the client that is generated for it."""
    generate_client(url, folder, "klantportaal")
    shutil.copy(PROGRAMS / "scenario.py", folder)
    return [sys.executable, "-B", f"{folder}/scenario.py"]


def build_typescript(url, folder):
    """The program in TypeScript, with the types that are generated for it, strictly compiled."""
    tools = GENERATORS / "node_modules" / ".bin"
    run(tools / "openapi-typescript", f"{url}/docs/openapi.json", "--output", f"{folder}/schema.d.ts")
    shutil.copy(PROGRAMS / "scenario.ts", folder)
    flags = ["--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom,dom.iterable", "--types", "node"]
    run(tools / "tsc", *flags, "--outDir", "js", "scenario.ts", cwd=folder)
    return ["node", f"{folder}/js/scenario.js"]


BUILDERS = {
    "curl": lambda *_: ["bash", PROGRAMS / "scenario.sh"],
    "python": build_python,
    "typescript": build_typescript,
}


class Api:
    """What the API says after all."""

    def __init__(self, url, key):
        self._url, self._headers = url, {"Authorization": f"Bearer {key}"}

    def get(self, path):
        answer = requests.get(self._url + path, headers=self._headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def all(self, path):
        """The rows of all pages."""
        rows, next_page = [], f"{path}?per_page=100"
        while next_page:
            page = self.get(next_page.removeprefix(self._url))
            rows += page["data"]
            next_page = page["next_page_url"]
        return rows


class Scenario(unittest.TestCase):
    def test_nothing_is_lost_or_done_twice_however_often_the_server_is_killed(self):
        # At once: most of the time, they wait.
        with ThreadPoolExecutor(len(RUNS)) as pool:
            list(pool.map(lambda run: self.run_through(*run), RUNS))

    def run_through(self, client, engine):
        try:
            # Below the packages that the program in TypeScript needs.
            with (
                tempfile.TemporaryDirectory(prefix=".generated-", dir=GENERATORS) as folder,
                Receiver() as receiver,
                Server(engine, demo=True, flags=FLAGS) as server,
            ):
                self.walk(BUILDERS[client](server.url, folder), receiver, server)
        except BaseException as fault:
            fault.add_note(f"by {client} on {engine}")
            raise

    def walk(self, program, receiver, server):
        (portal,) = server.cli("portal", "list")
        scopes = [f"{area}.{what}" for area in SCOPES for what in ("read", "write")]
        url, key = f"{server.url}/v1", server.api_key(portal["id"], scopes)["key"]
        api = Api(url, key)
        before = {path: {row["id"] for row in api.all(path)} for path in PATHS}
        environment = os.environ | {
            "KLANTPORTAAL_API": url,
            "KLANTPORTAAL_API_KEY": key,
            "WEBHOOK_URL": receiver.url,
            "MAIL_FOLDER": str(server.folder / "mail"),
            # The product refuses variables that it doesn't know.
            "RECEIVE_MAIL": shlex.join(["env", "-u", "KLANTPORTAAL_API", "-u", "KLANTPORTAAL_API_KEY", BINARY, "mail", "receive", *server.settings]),
        }
        with Kills(server):
            made = json.loads(run(*program, env=environment))
        self.assertEqual((len(made["customers"]), len(made["served"])), (CUSTOMERS, SERVED))

        def new(path):
            rows = [row for row in api.all(path) if row["id"] not in before[path]]
            self.assertEqual(len(rows), len({row["id"] for row in rows}), path)
            return rows

        customers = sorted(new("/customers"), key=lambda row: row["companyName"])
        self.assertEqual([row["companyName"] for row in customers], [f"Klant {number:04}" for number in range(CUSTOMERS)])
        self.assertEqual([row["id"] for row in customers], made["customers"])
        for path, name in [("/file-shares", "share"), ("/file-requests", "request"), ("/files", "file"), ("/appointments", "appointment")]:
            self.assertEqual(sorted(row["id"] for row in new(path)), sorted(row[name] for row in made["served"]), path)
        self.assertEqual({row["status"] for row in new("/appointments")}, {"scheduled"})
        for number, row in enumerate(made["served"]):
            link = api.get(f"/files/{row['file']}/download")
            self.assertEqual(requests.get(link["link"]).text, f"Nummer {number}")
        self.assertEqual([row["id"] for row in new("/punch-cards")], [made["card"]])
        cards = [(issued["id"], issued["punchesLeft"]) for issued in api.all(f"/punch-cards/{made['card']}/issued")]
        self.assertEqual(sorted(cards), sorted((row["card"], 10 - STAMPS) for row in made["served"]))
        messages = [message["message"] for message in api.get(f"/tickets/{made['ticket']}")["messages"]]
        self.assertEqual(sum(REPLY in message for message in messages), 1, messages)
        self.assertEqual(sum(ANSWER in message for message in messages), 1, messages)

        appointments = [row["appointment"] for row in made["served"]]
        expected = {
            "customer-created": made["customers"],
            "appointment-created": appointments,
            "ticket-reply-employee": [made["ticket"]],
            "ticket-reply-customer": [made["ticket"]],
        }
        self.assertEqual(sorted(row["type"] for row in new("/webhooks")), sorted(expected))
        self.receive(receiver, server, sorted((name, id) for name, ids in expected.items() for id in ids))

    def receive(self, receiver, server, expected):
        """Waits for all events. One can arrive more than once, but always as the same."""
        events, end = {}, time.monotonic() + PATIENCE

        def take(headers, body):
            id = headers["webhook-id"]
            self.assertEqual(json.loads(body)["id"], id)
            self.assertEqual(events.setdefault(id, body), body)

        while len(events) < len(expected) and time.monotonic() < end:
            with contextlib.suppress(queue.Empty):
                take(*receiver.got.get(timeout=1))
        # Whatever else there is to send.
        while any(server.cli("jobs", "list", "--kind", "webhook", "--state", state) for state in ("waiting", "running")):
            self.assertLess(time.monotonic(), end, "deliveries that don't end")
            time.sleep(0.5)
        while not receiver.got.empty():
            take(*receiver.got.get())
        told = [(event["type"], event["data"]["id"]) for event in map(json.loads, events.values())]
        self.assertEqual(sorted(told), expected)


if __name__ == "__main__":
    unittest.main()
