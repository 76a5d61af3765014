"""Starts the real server in a folder of its own, and provisions it by its command line."""

import email
import email.policy
import json
import os
import re
import secrets
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
BINARY = os.environ.get("KP_TEST_BINARY", str(TARGET / "debug" / "klantportaal"))
PASSWORD = "juiste paard batterij"
ENGINES = ("sqlite", "postgres")


def _environment():
    """This process's environment without the product's own settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("KLANTPORTAAL_")}


def _database(engine):
    """The URL of a new database, and what the keeper is told so that it drops it."""
    if engine == "sqlite":
        return "sqlite:klantportaal.db", {}
    cluster = os.environ.get("TEST_POSTGRES_URL")
    if not cluster:
        raise RuntimeError("TEST_POSTGRES_URL is not set: run the tests with `scripts/test python`")
    name = f"python_{secrets.token_hex(8)}"
    subprocess.run(["psql", cluster, "--quiet", "--command", f"CREATE DATABASE {name}"], check=True)
    return urlsplit(cluster)._replace(path=f"/{name}").geturl(), {"TEST_DATABASE": name}


def _keep(folder, command, drop):
    """Runs a command that ends with this process, however that ends; then the folder goes, and the database to drop."""
    return subprocess.Popen(
        ["sh", str(ROOT / "tests" / "keeper.sh"), folder, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**_environment(), **drop},
    )


class _Output:
    """What a stream has brought so far, and what may be waited for in it."""

    def __init__(self, stream):
        self._stream, self._text, self._ended = stream, "", False
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        with self._stream:
            for line in self._stream:
                with self._changed:
                    self._text += line
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def text(self):
        with self._changed:
            return self._text

    def match(self, pattern):
        """Waits for the pattern; None when the stream ends without it."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or re.search(pattern, self._text), timeout=60)
            return re.search(pattern, self._text)

    def join(self):
        self._reader.join()


class Server:
    """A running server; as a context manager it stops at the end. In `url` is where it listens, in `folder` its data.

    With `demo`, what it prints is in `demo`: owner, developer (each email and password), api_key, client_id,
    client_secret, authorize_url.
    """

    def __init__(self, engine="sqlite", demo=False, flags=()):
        folder = tempfile.mkdtemp(prefix="klantportaal-test-")
        self.folder = Path(folder)
        database_url, drop = _database(engine)
        self.settings = ["--data-dir", folder, "--database-url", database_url]
        self._flags = flags
        # Removes the folder and the database in the end, which outlive a server that is killed.
        self._data = _keep(folder, ["sleep", "infinity"], drop)
        self._serve("127.0.0.1:0", *(["--demo"] if demo else []))
        if demo:
            self.demo = self._read_demo()

    def _serve(self, address, *more):
        serve = [BINARY, "serve", "--listen", address, *self.settings, *more, *self._flags]
        self._keeper = _keep("", serve, {})
        self._stdout, self._stderr = _Output(self._keeper.stdout), _Output(self._keeper.stderr)
        self.url = self._wait_for(r"^Klantportaal listens on (\S+)\n")[1]

    def kill_and_start(self):
        """Kills the server in the midst of what it does, and starts it again on its data, at the same address."""
        self._end()
        self._serve(urlsplit(self.url).netloc)

    def _wait_for(self, pattern):
        found = self._stdout.match(pattern)
        if not found:
            self.stop()
            raise RuntimeError(f"the server did not start:\n{self.log()}")
        return found

    def _read_demo(self):
        text = self._wait_for(r"(?s)\nDemo: .*those of an earlier start have stopped working\.\n")[0]
        owner, developer = re.findall(r"(?m)^ +(\S+@\S+)  (\S+)$", text)
        found = {
            name: re.search(pattern, text)[0]
            for name, pattern in {
                "api_key": r"kpk_\w+",
                "client_id": r"app_\w+",
                "client_secret": r"kps_\w+",
                "authorize_url": r"http\S+/oauth/authorize\?\S+",
            }.items()
        }
        return {"owner": owner, "developer": developer, **found}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self._end()
        if not self._data.stdin.closed:
            self._data.communicate()

    def _end(self):
        if not self._keeper.stdin.closed:
            self._keeper.stdin.close()
        self._keeper.wait()
        self._stdout.join()
        self._stderr.join()

    def log(self):
        """Its log so far."""
        return self._stderr.text()

    def mails(self, is_meant, count):
        """Of the mails that the server has kept, those that are meant, the oldest first, once there are so many."""
        end = time.monotonic() + 300
        while time.monotonic() < end:
            files = sorted((self.folder / "mail").glob("*.eml"))
            kept = [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]
            meant = [mail for mail in kept if is_meant(mail)]
            if len(meant) >= count:
                return meant
            time.sleep(0.05)
        raise AssertionError(f"there are not {count} such mails:\n{self.log()}")

    def cli(self, *arguments, stdin=""):
        """Runs a command on the server's database; returns the JSON that it prints."""
        command = [BINARY, *arguments, *self.settings]
        ran = subprocess.run(command, input=stdin, capture_output=True, text=True, env=_environment())
        if ran.returncode != 0:
            raise RuntimeError(f"klantportaal {' '.join(arguments)}: {ran.stderr}")
        return json.loads(ran.stdout)

    def portal(self, name="Bakkerij Jansen"):
        """A portal with an owner who can log in: portalId, ownerId, email, password."""
        email = f"eigenaar-{secrets.token_hex(8)}@example.nl"
        made = self.cli("portal", "create", "--name", name, "--owner-email", email, "--password-stdin", stdin=PASSWORD)
        return {**made, "email": email, "password": PASSWORD}

    def developer(self, name="Bouwers BV"):
        """A developer who can log in: developerId, email, password."""
        email = f"bouwer-{secrets.token_hex(8)}@example.nl"
        made = self.cli("developer", "create", "--name", name, "--email", email, "--password-stdin", stdin=PASSWORD)
        return {**made, "email": email, "password": PASSWORD}

    def app(self, developer_id, redirect_uris, scopes=("customers.read",), name="Koppeling", jwks=None, device_flow=False, public=False):
        """An app: appId, appSecret; a public one, and one with keys (a JWK Set), has no secret."""
        more = [part for uri in redirect_uris for part in ("--redirect-uri", uri)]
        more += [part for scope in scopes for part in ("--scope", scope)]
        if public:
            more.append("--public")
        if device_flow:
            more.append("--device-flow")
        if jwks:
            file = Path(tempfile.mkdtemp(prefix="klantportaal-keys-")) / "jwks.json"
            file.write_text(json.dumps(jwks))
            more += ["--jwks", str(file)]
        return self.cli("app", "create", "--developer", developer_id, "--name", name, *more)

    def api_key(self, portal_id, scopes=("customers.read", "customers.write"), rate_limit=0):
        """An API key: id, key."""
        more = [part for scope in scopes for part in ("--scope", scope)]
        return self.cli("api-key", "create", "--portal", portal_id, "--name", "toets", "--rate-limit", str(rate_limit), *more)
