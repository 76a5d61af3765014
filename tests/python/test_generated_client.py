"""A client that openapi-python-client generates from the OpenAPI document works."""

import importlib
import sys
import tempfile
import unittest

from generated import generate_client
from server import Server


class GeneratedClient(unittest.TestCase):
    def test_it_creates_a_customer_and_finds_it(self):
        with Server() as server, tempfile.TemporaryDirectory() as folder:
            generate_client(server.url, folder, "generated_klantportaal")
            sys.path.insert(0, folder)
            self.addCleanup(sys.path.remove, folder)
            generated = importlib.import_module("generated_klantportaal")
            models = importlib.import_module("generated_klantportaal.models")
            create = importlib.import_module("generated_klantportaal.api.customers.create_customer")
            get = importlib.import_module("generated_klantportaal.api.customers.get_customer")
            key = server.api_key(server.portal()["portalId"])["key"]
            new = models.CustomerCreate.from_dict({
                "companyName": "Bakkerij De Korenaar",
                "address": "Molenstraat 12",
                "zipCode": "5211 DR",
                "city": "Den Bosch",
                "primaryEmail": "info@korenaar.example",
            })
            with generated.AuthenticatedClient(base_url=f"{server.url}/v1", token=key) as client:
                made = create.sync(client=client, body=new)
                self.assertIsInstance(made, models.Customer)
                self.assertEqual(get.sync(made.id, client=client), made)
