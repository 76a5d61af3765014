"""A day of a portal by its API, while the server is killed again and again: nothing is lost, and nothing happens twice."""

import email.message
import json
import random
import subprocess
import threading
import time
import unittest
import uuid
from concurrent.futures import ThreadPoolExecutor

import requests

from receiver import Receiver
from server import BINARY, ENGINES, Server

CUSTOMERS = 1000
SERVED = 25
STAMPS = 6
KILLS = 5
# How long anything is waited for, in seconds. What a killed process was doing is taken over after two minutes.
PATIENCE = 300
SCOPES = ["customers", "files", "fileshare", "filerequest", "appointments", "punchcards", "tickets", "webhooks"]
TYPES = ["customer-created", "appointment-created", "ticket-reply-customer", "ticket-reply-employee"]
REPLY, ANSWER = "Om acht uur staat er iemand op de stoep.", "Fijn, de koffie staat dan klaar."
FLAGS = ["--webhook-allow", "127.0.0.0/8", "--ticket-address", "support@portaal.example", "--mail-from", "Portaal <post@portaal.example>"]


class Client:
    """A client that repeats what got no answer, with the same Idempotency-Key."""

    def __init__(self, url, token):
        self._url, self._token = url, token

    def _ask(self, method, path, **more):
        headers = {"Authorization": f"Bearer {self._token}"}
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        end = time.monotonic() + PATIENCE
        while True:
            try:
                answer = requests.request(method, self._url + path, headers=headers, timeout=30, **more)
                busy = answer.status_code == 503 or answer.status_code == 409 and "Retry-After" in answer.headers
                if not busy:
                    return answer
            except requests.RequestException:
                pass
            if time.monotonic() > end:
                raise AssertionError(f"no answer to {method} {path}")
            time.sleep(0.1)

    def get(self, path):
        answer = self._ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path, **more):
        answer = self._ask("POST", path, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def schedule(self, appointment):
        """Schedules an appointment. Whoever gets no answer and asks once more is told that it is no longer pending."""
        answer = self._ask("PATCH", f"/appointments/{appointment['id']}", json={"status": "scheduled"})
        assert answer.status_code in (200, 422), answer.text

    def all(self, path):
        """The rows of all pages."""
        rows, next_page = [], f"{path}?per_page=100"
        while next_page:
            page = self.get(next_page.removeprefix(self._url))
            rows += page["data"]
            next_page = page["next_page_url"]
        return rows


class Kills:
    """Kills the server at random moments, until all is done and it was killed a few times."""

    def __init__(self, server):
        self._server, self._done, self._left = server, threading.Event(), KILLS
        self._fault = None
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
            while self._left > 0 or not self._done.is_set():
                time.sleep(random.uniform(0.5, 3))
                self._server.kill_and_start()
                self._left -= 1
        except Exception as fault:
            self._fault = fault


def customer(number):
    address = {"address": "Dorpsstraat 1", "zipCode": "1234 AB", "city": "Ons Dorp"}
    return {"companyName": f"Klant {number:04}", "primaryEmail": f"klant{number:04}@example.nl", **address}


def serve(client, number, customer, card):
    """What one customer gets: a file that is shared, a request for files, an appointment, and a stamped card."""
    file = client.post("/files", files={"file": (f"Offerte {number:04}.txt", f"Nummer {number}".encode())})
    share = client.post("/file-shares", json={"content": [file["id"]], "customerId": customer["id"]})
    asked = {"name": "Jaarstukken", "requestedFiles": [{"name": "Jaarrekening"}], "customerId": customer["id"]}
    request = client.post("/file-requests", json=asked)
    day = f"2031-03-{number % 28 + 1:02} 10:00:00", f"2031-03-{number % 28 + 1:02} 11:00:00"
    appointment = client.post("/appointments", json={"name": "Onderhoud", "startsAt": day[0], "endsAt": day[1], "customerId": customer["id"]})
    client.schedule(appointment)
    issued = client.post(f"/punch-cards/{card}/issued", json={"customerId": customer["id"]})
    for _ in range(STAMPS):
        client.post(f"/punch-cards/{card}/issued/{issued['id']}/stamp", json={"stamps": 1})
    return {"file": file["id"], "share": share["id"], "request": request["id"], "appointment": appointment["id"], "card": issued["id"]}


def mail_about(server, ticket):
    """The mail with the reply in a ticket."""
    def is_meant(mail):
        return ticket["title"] in str(mail["Subject"]) and REPLY in mail.get_body(("plain",)).get_content()

    return server.mails(is_meant, 1)[0]


def answer_by_mail(server, mail):
    """Answers it twice, as a mail server does that didn't hear of the first time."""
    answer = email.message.EmailMessage()
    answer["From"], answer["To"], answer["Subject"] = str(mail["To"]), str(mail["Reply-To"] or mail["From"]), f"Re: {mail['Subject']}"
    answer["Message-ID"], answer["In-Reply-To"] = f"<{uuid.uuid4()}@example.nl>", str(mail["Message-ID"])
    answer.set_content(ANSWER)
    for _ in range(2):
        command = [BINARY, "mail", "receive", *server.settings]
        done = subprocess.run(command, input=answer.as_bytes(), capture_output=True)
        assert done.returncode == 0, done.stderr.decode()


class Scenario(unittest.TestCase):
    def test_nothing_is_lost_or_done_twice_however_often_the_server_is_killed(self):
        # At once: most of the time, both wait.
        with ThreadPoolExecutor(len(ENGINES)) as pool:
            list(pool.map(self.walk_on, ENGINES))

    def walk_on(self, engine):
        with Receiver() as receiver, Server(engine, demo=True, flags=FLAGS) as server:
            self.walk(server, receiver)

    def walk(self, server, receiver):
        (portal,) = server.cli("portal", "list")
        scopes = [f"{area}.{what}" for area in SCOPES for what in ("read", "write")]
        client = Client(f"{server.url}/v1", server.api_key(portal["id"], scopes)["key"])
        before = {path: {row["id"] for row in client.all(path)} for path in ("/customers", "/files", "/file-shares", "/file-requests", "/appointments")}
        card = client.post("/punch-cards", json={"name": "Koffiekaart", "punches": 10, "punchLabel": "kopje"})["id"]
        for name in TYPES:
            client.post("/webhooks", json={"type": name, "url": receiver.url})
        ticket = next(ticket for ticket in client.all("/tickets") if ticket["customerId"] and ticket["status"] != "closed")
        with Kills(server), ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda number: client.post("/customers", json=customer(number)), range(CUSTOMERS)))
            served = list(pool.map(lambda number: serve(client, number, made[number], card), range(SERVED)))
            client.post(f"/tickets/{ticket['id']}", json={"message": f"<p>{REPLY}</p>"})
            answer_by_mail(server, mail_about(server, ticket))

        def new(path):
            rows = [row for row in client.all(path) if row["id"] not in before[path]]
            self.assertEqual(len(rows), len({row["id"] for row in rows}), path)
            return rows

        names = sorted(row["companyName"] for row in new("/customers"))
        self.assertEqual(names, [customer(number)["companyName"] for number in range(CUSTOMERS)])
        for path, name in [("/file-shares", "share"), ("/file-requests", "request"), ("/files", "file"), ("/appointments", "appointment")]:
            self.assertEqual({row["id"] for row in new(path)}, {row[name] for row in served}, path)
        self.assertEqual({row["status"] for row in new("/appointments")}, {"scheduled"})
        for number, row in enumerate(served):
            link = client.get(f"/files/{row['file']}/download")
            self.assertEqual(requests.get(link["link"]).text, f"Nummer {number}")
        cards = client.all(f"/punch-cards/{card}/issued")
        self.assertEqual({(issued["id"], issued["punchesLeft"]) for issued in cards}, {(row["card"], 10 - STAMPS) for row in served})
        messages = [message["message"] for message in client.get(f"/tickets/{ticket['id']}")["messages"]]
        self.assertEqual(sum(REPLY in message for message in messages), 1, messages)
        self.assertEqual(sum(ANSWER in message for message in messages), 1, messages)
        self.receive(receiver, {"customer-created": {row["id"] for row in made}, "appointment-created": {row["appointment"] for row in served}}, ticket)

    def receive(self, receiver, expected, ticket):
        """Waits for all events. One can arrive more than once, but always as the same."""
        expected = {**expected, "ticket-reply-customer": {ticket["id"]}, "ticket-reply-employee": {ticket["id"]}}
        events, end = {}, time.monotonic() + PATIENCE
        while len(events) < sum(map(len, expected.values())):
            _, body = receiver.got.get(timeout=max(0.1, end - time.monotonic()))
            event = json.loads(body)
            self.assertEqual(events.setdefault(event["id"], body), body)
        told = [(event["type"], event["data"]["id"]) for event in map(json.loads, events.values())]
        self.assertEqual(sorted(told), sorted((name, id) for name, ids in expected.items() for id in ids))


if __name__ == "__main__":
    unittest.main()
