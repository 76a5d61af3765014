"""The file for calendars in the mail about an appointment, read by a library that others use."""

import datetime
import unittest

import requests
from icalendar import Calendar

from server import Server

CUSTOMER = {
    "companyName": "Bakkerij 't Hoekje; \"De Ünal\", Zn.",
    "address": "Dorpsstraat 1",
    "zipCode": "1234 AB",
    "city": "Ons Dorp",
    "primaryEmail": "jan@example.nl",
}

# The first is on the night in which the clocks go back.
APPOINTMENT = {
    "name": "Onderhoud: ketel, filter; en een naam die zó lang is dat de regel niet op één regel past \\ 🥖",
    "startsAt": "2031-10-26 01:30",
    "endsAt": "2031-10-26 03:30",
    "onlineMeetingLink": "https://bellen.example/een,twee;drie?x=1&y=2",
}


def mails(server, count):
    """The mails about appointments."""
    return server.mails(lambda mail: mail["To"] == CUSTOMER["primaryEmail"], count)


class Calendars(unittest.TestCase):
    def test_a_library_reads_what_a_customer_gets(self):
        with Server() as server, requests.Session() as api:
            key = server.api_key(server.portal()["portalId"], scopes=("customers.write", "appointments.write"))["key"]
            api.headers["Authentication"] = f"Bearer {key}"
            customer = api.post(f"{server.url}/v1/customers", json=CUSTOMER).json()
            made = api.post(f"{server.url}/v1/appointments", json={**APPOINTMENT, "customerId": customer["id"]}).json()
            one = f"{server.url}/v1/appointments/{made['id']}"
            self.assertEqual(api.patch(one, json={"status": "scheduled"}).status_code, 200)
            self.assertEqual(api.delete(one).status_code, 200)
            for mail, method, status in zip(mails(server, 2), ("REQUEST", "CANCEL"), ("CONFIRMED", "CANCELLED"), strict=True):
                told, attached = [part for part in mail.walk() if "/calendar" in part.get_content_type() or "/ics" in part.get_content_type()]
                self.assertEqual((told.get_content_type(), told.get_param("method")), ("text/calendar", method))
                self.assertEqual((attached.get_content_disposition(), attached.get_filename()), ("attachment", "afspraak.ics"))
                content = told.get_payload(decode=True)
                self.assertEqual(attached.get_payload(decode=True).strip(), content.strip())
                calendar = Calendar.from_ical(content)
                self.assertEqual(calendar["method"], method)
                (event,) = calendar.walk("VEVENT")
                self.assertEqual(event.errors, [])
                self.assertEqual((event["summary"], event["status"]), (APPOINTMENT["name"], status))
                self.assertEqual((event["location"], event["url"]), (APPOINTMENT["onlineMeetingLink"],) * 2)
                self.assertEqual(event["attendee"].params["cn"], CUSTOMER["companyName"])
                self.assertEqual(event["attendee"].email, CUSTOMER["primaryEmail"])
                # Three hours: the clocks show an hour twice.
                self.assertEqual(event.start, datetime.datetime(2031, 10, 25, 23, 30, tzinfo=datetime.timezone.utc))
                self.assertEqual(event.duration, datetime.timedelta(hours=3))
            first, second = [Calendar.from_ical(mail.get_payload()[0].get_payload()[-1].get_payload(decode=True)).walk("VEVENT")[0] for mail in mails(server, 2)]
            self.assertEqual(first["uid"], second["uid"])
            self.assertGreater(second["sequence"], first["sequence"])
