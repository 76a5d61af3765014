"""The client that openapi-python-client generates from the OpenAPI document of a server."""

import json
import subprocess
import sys
from pathlib import Path

import requests


def generate_client(url, folder, package):
    """Generates it as a package in a folder, which may be anywhere on `sys.path`."""
    document = Path(folder) / "openapi.json"
    document.write_text(requests.get(f"{url}/docs/openapi.json").text)
    config = Path(folder) / "config.json"
    config.write_text(json.dumps({"package_name_override": package, "post_hooks": []}))
    generate = [Path(sys.executable).parent / "openapi-python-client", "generate", "--path", document]
    more = ["--meta", "none", "--config", config, "--output-path", Path(folder) / package, "--fail-on-warning"]
    done = subprocess.run([*generate, *more], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
