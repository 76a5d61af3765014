"""The API keeps what its OpenAPI document says, whatever is sent: Schemathesis makes requests of the document, valid ones and
others, and holds the answers against it."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import requests

from server import ENGINES, Server

# All that it knows but two: what the document doesn't know is mostly ignored, with a header that says so, and what fits it can
# still name a customer that isn't there.
CHECKS = [
    "allow_header_conformance",
    "content_type_conformance",
    "ensure_resource_availability",
    "ignored_auth",
    "missing_required_header",
    "not_a_server_error",
    "response_headers_conformance",
    "response_schema_conformance",
    "status_code_conformance",
    "unsupported_method",
    "use_after_free",
]


def scopes(document):
    """The scopes that its operations need."""
    operations = [operation for path in document["paths"].values() for operation in path.values() if isinstance(operation, dict)]
    needed = [scheme for operation in operations for scheme in operation.get("security", [])]
    return sorted({scope for scheme in needed for scopes in scheme.values() for scope in scopes})


class Schema(unittest.TestCase):
    def test_answers_are_as_the_document_says_whatever_is_sent(self):
        for engine in ENGINES:
            # The demo's rows are there for requests that need one. Webhooks of made-up addresses get nothing.
            with self.subTest(engine), Server(engine, demo=True) as server, tempfile.TemporaryDirectory() as folder:
                document = f"{server.url}/docs/openapi.json"
                (portal,) = server.cli("portal", "list")
                key = server.api_key(portal["id"], scopes(requests.get(document).json()))["key"]
                run = [Path(sys.executable).parent / "schemathesis", "run", document, "--no-color", "--continue-on-failure"]
                what = ["--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "3"]
                how = ["--seed", "1", "--generation-deterministic", "--header", f"Authorization: Bearer {key}"]
                done = subprocess.run([*run, *what, *how], cwd=folder, capture_output=True, text=True, timeout=600)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertRegex(done.stdout, r"Tested: (?:4[5-9]|[5-9]\d)\n", "all operations")


if __name__ == "__main__":
    unittest.main()
