"""A day of a portal in Python, with a client that openapi-python-client makes of the OpenAPI document: imports 1,000
customers; shares and asks for files, books, and stamps cards with some of them; answers a ticket, and the customer
answers by mail. What gets no response is sent again with the same Idempotency-Key, so nothing happens twice.
Prints the ids of what it made, as JSON.

Needs the client as the package `klantportaal`, and:
  KLANTPORTAAL_API, KLANTPORTAAL_API_KEY
  WEBHOOK_URL     where events are sent to
  MAIL_FOLDER     the folder with the mail that the server sent
  RECEIVE_MAIL    the command that takes a mail to the server: klantportaal mail receive
"""

import email
import email.message
import email.policy
import io
import json
import os
import subprocess
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from klantportaal import AuthenticatedClient, models
from klantportaal.api.appointments import create_appointment, get_appointment, update_appointment
from klantportaal.api.customers import create_customer
from klantportaal.api.file_requests import create_file_request
from klantportaal.api.file_shares import create_file_share
from klantportaal.api.files import create_file
from klantportaal.api.punch_cards import create_punch_card, issue_punch_card, stamp_punch_card
from klantportaal.api.tickets import list_tickets, reply_to_ticket
from klantportaal.api.webhooks import create_webhook
from klantportaal.types import File

CUSTOMERS = 1000
SERVED = 25
STAMPS = 6
# How long anything is tried, in seconds.
PATIENCE = 300
TYPES = ["customer-created", "appointment-created", "ticket-reply-customer", "ticket-reply-employee"]
REPLY, ANSWER = "Om acht uur staat er iemand op de stoep.", "Fijn, de koffie staat dan klaar."


def insist(what, attempt):
    """Tries something until it gives a value."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        value = attempt()
        if value is not None:
            return value
        time.sleep(0.1)
    raise RuntimeError(f"tried in vain: {what}")


class Insistent(httpx.HTTPTransport):
    """Sends a request until it gets a response. With one Idempotency-Key and the same bytes, it is carried out once."""

    def handle_request(self, request):
        if request.method == "POST":
            request.headers["Idempotency-Key"] = str(uuid.uuid4())
        return insist(f"{request.method} {request.url}", lambda: self._try(request))

    def _try(self, request):
        try:
            response = super().handle_request(request)
            response.read()
        except httpx.TransportError:
            return None
        later = response.status_code >= 500 or "Retry-After" in response.headers
        return None if later else response


client = AuthenticatedClient(
    base_url=os.environ["KLANTPORTAAL_API"],
    token=os.environ["KLANTPORTAAL_API_KEY"],
    timeout=httpx.Timeout(30),
    httpx_args={"transport": Insistent()},
)


def call(operation, *path, **more):
    """What an operation returns, which must not be an error."""
    answer = operation.sync(*path, client=client, **more)
    if answer is None or isinstance(answer, models.Error):
        raise RuntimeError(f"{operation.__name__}: {answer}")
    return answer


def customer(number):
    return models.CustomerCreate(
        company_name=f"Klant {number:04}",
        primary_email=f"klant{number:04}@example.nl",
        address="Dorpsstraat 1",
        zip_code="1234 AB",
        city="Ons Dorp",
    )


def schedule(appointment):
    """Schedules an appointment. If only the first response was lost, the second one says that it is scheduled already."""
    body = models.AppointmentPatch(models.AppointmentPatchStatus.SCHEDULED)
    answer = update_appointment.sync(appointment, client=client, body=body)
    if isinstance(answer, models.Error) and call(get_appointment, appointment).status != "scheduled":
        raise RuntimeError(answer)


def serve(number, customer, card):
    """What one customer gets: a file that is shared, a request for files, an appointment, and a stamped card."""
    content = File(io.BytesIO(f"Nummer {number}".encode()), f"Offerte {number}.txt")
    file = call(create_file, body=models.FileUpload(content))
    share = call(create_file_share, body=models.FileShareCreate(content=[file.id], customer_id=customer))
    files = [models.RequestedFileCreate("Jaarrekening")]
    request = call(create_file_request, body=models.FileRequestCreate("Jaarstukken", files, customer_id=customer))

    day = f"2031-03-{number % 28 + 1:02}"
    times = {"starts_at": f"{day} 10:00:00", "ends_at": f"{day} 11:00:00"}
    appointment = call(create_appointment, body=models.AppointmentCreate(name="Onderhoud", customer_id=customer, **times))
    schedule(appointment.id)

    issued = call(issue_punch_card, card, body=models.Issue(customer))
    for _ in range(STAMPS):
        call(stamp_punch_card, card, issued.id, body=models.Stamp(1))
    return {"file": file.id, "share": share.id, "request": request.id, "appointment": appointment.id, "card": issued.id}


def find_mail(message):
    """The mail with a message of a ticket, if it is there."""
    for file in Path(os.environ["MAIL_FOLDER"]).glob("*.eml"):
        mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        if str(mail["Message-ID"]).startswith(f"<{message}@"):
            return mail
    return None


def answer_by_mail(mail):
    """Answers a mail twice, as a mail server does that didn't hear of the first time."""
    answer = email.message.EmailMessage()
    answer["From"], answer["To"], answer["Subject"] = str(mail["To"]), str(mail["Reply-To"]), f"Re: {mail['Subject']}"
    answer["Message-ID"], answer["In-Reply-To"] = f"<{uuid.uuid4()}@example.nl>", str(mail["Message-ID"])
    answer.set_content(ANSWER)
    for _ in range(2):
        subprocess.run(os.environ["RECEIVE_MAIL"], shell=True, check=True, input=answer.as_bytes(), stdout=subprocess.DEVNULL)


def main():
    for name in TYPES:
        call(create_webhook, body=models.WebhookCreate(models.WebhookCreateType(name), os.environ["WEBHOOK_URL"]))

    with ThreadPoolExecutor(8) as pool:
        made = pool.map(lambda number: call(create_customer, body=customer(number)), range(CUSTOMERS))
        customers = [customer.id for customer in made]

        card = call(create_punch_card, body=models.PunchCardCreate(name="Koffiekaart", punches=10, punch_label="kopje"))
        served = list(pool.map(lambda number: serve(number, customers[number], card.id), range(SERVED)))

    tickets = call(list_tickets, status=models.ListTicketsStatus.OPEN).data
    ticket = next(ticket for ticket in tickets if ticket.customer_id)
    replied = call(reply_to_ticket, ticket.id, body=models.TicketReply(f"<p>{REPLY}</p>"))
    message = replied.messages[-1].id
    answer_by_mail(insist(f"a mail with {message}", lambda: find_mail(message)))

    print(json.dumps({"card": card.id, "ticket": ticket.id, "customers": customers, "served": served}))


with client:
    main()
