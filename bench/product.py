"""What the scripts of this folder share: the product as a process, a temporary PostgreSQL server, and a client that writes."""

import contextlib
import glob
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

# How long writing may stand still.
ASKED_MS = 50

ROOT = pathlib.Path(__file__).resolve().parent.parent


def build(*packages):
    """Builds what is measured, unless it is there already."""
    need("cargo", "cargo")
    words = [word for package in packages for word in ("-p", package)]
    subprocess.run(["cargo", "build", "--locked", "--profile", "dist", *words], cwd=ROOT, check=True)


def need(program, package):
    if not shutil.which(program):
        sys.exit(f"{program} is missing: apt-get install {package}")


def say(text):
    print(text, file=sys.stderr, flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def binary(name):
    return str(pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "dist" / name)


def clean_environment():
    return {name: value for name, value in os.environ.items() if not name.startswith("KLANTPORTAAL_")}


@contextlib.contextmanager
def fast(database, table):
    """For many rows of an SQLite table: the block runs as one transaction, and the indexes are made afterwards.

    Triggers stay: they count."""
    database.execute("PRAGMA synchronous = OFF")
    database.execute("PRAGMA cache_size = -500000")
    indexes = database.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL", (table,)).fetchall()
    with database:
        database.execute("BEGIN")
        for name, _ in indexes:
            database.execute(f"DROP INDEX {name}")
        yield
        for _, sql in indexes:
            database.execute(sql)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


class Server:
    """A server process; pinned to a core, unless that is None."""

    def __init__(self, stack, name, core, command, port):
        self.name, self.port = name, port
        pinned = [] if core is None else ["taskset", "-c", str(core)]
        self.process = subprocess.Popen(
            [*pinned, *command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=clean_environment()
        )
        stack.callback(stop, self.process)
        for _ in range(1000):
            if self.process.poll() is not None:
                sys.exit(f"{name} ended with code {self.process.returncode}")
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            time.sleep(0.01)
        sys.exit(f"{name} does not listen")

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wait_until_idle(self, seconds=600):
        """Waits until the process has taken hardly any processor time for two seconds: what a start does in the background is over."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            before = self.cpu_seconds()
            time.sleep(2)
            if self.cpu_seconds() - before <= 0.04:
                return
        sys.exit(f"{self.name} is still busy after {seconds} s without a request")

    def get(self, path, key):
        return self.answer("GET", path, {"Authentication": f"Bearer {key}"})

    def answer(self, method, path, headers, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.getheader("content-type"), answer.read()


def stop(process):
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Product:
    """klantportaal on one engine: its settings, and its own commands."""

    def __init__(self, folder, url):
        self.settings = ["--data-dir", str(folder), "--database-url", url, "--log", "warn"]
        # Only a start of the server makes a database.
        with contextlib.ExitStack() as first_start:
            self.serve(first_start, "first start", None)

    def make_portal(self, name):
        """A new portal's id."""
        words = ["--name", name, "--owner-email", f"{name.lower()}@example.com", "--password-stdin"]
        return self.command("portal", "create", *words, stdin="a long password for the bench\n")["portalId"]

    def make_key(self, portal, name, *scopes):
        """The secret of a new API key."""
        words = ["--portal", portal, "--name", name, *(word for scope in scopes for word in ("--scope", scope))]
        # High enough to refuse nothing; the limiter still counts every request.
        return self.command("api-key", "create", *words, "--rate-limit", "1000000000")["key"]

    def command(self, *words, stdin=""):
        done = subprocess.run([binary("klantportaal"), *words, *self.settings], input=stdin, capture_output=True, text=True, env=clean_environment())
        if done.returncode:
            sys.exit(f"klantportaal {' '.join(words[:2])}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def serve(self, stack, name, core, *flags):
        port = free_port()
        command = [binary("klantportaal"), "serve", "--listen", f"127.0.0.1:{port}", *self.settings, *flags]
        return Server(stack, name, core, command, port)


class Cluster:
    """A temporary PostgreSQL server. It is not pinned: it shares both cores."""

    def __init__(self, stack, folder):
        self.bin = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(re.search(r"/(\d+)/bin", path)[1]))[-1:]
        if not self.bin and not shutil.which("initdb"):
            sys.exit("PostgreSQL is missing: apt-get install postgresql (or leave it out: --engines sqlite)")
        folder.mkdir()
        self.user = []
        if os.geteuid() == 0:
            # initdb refuses to run as root.
            self.user = ["runuser", "-u", "postgres", "--"]
            shutil.chown(folder, "postgres", "postgres")
            folder.parent.chmod(0o711)
        self.port, data = free_port(), str(folder / "data")
        self.call("initdb", "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale", "C")
        settings = f"-p {self.port} -h 127.0.0.1 -k {folder}"
        self.call("pg_ctl", "-D", data, "-l", str(folder / "log"), "-w", "-o", settings, "start")
        stack.callback(self.call, "pg_ctl", "-D", data, "-m", "fast", "-w", "stop")
        self.url = f"postgres://bench@127.0.0.1:{self.port}/postgres"

    def call(self, program, *words, stdin=None):
        path = os.path.join(self.bin[0], program) if self.bin else program
        done = subprocess.run(
            [*self.user, path, *words], input=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd="/", env=clean_environment()
        )
        if done.returncode:
            sys.exit(f"{program}: {done.stderr.strip()}")

    def psql(self, sql, stdin=None):
        self.call("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.url, "-c", sql, stdin=stdin)


class Writer:
    """Makes customers, one after another, and notes how long each took."""

    def __init__(self, server, key):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        self.key = key
        self.number = 0

    def write(self):
        """Milliseconds until a new customer was answered."""
        self.number += 1
        body = {
            "companyName": f"Loodgieter {self.number}", "address": "Keizersgracht 1", "zipCode": "1015 CJ", "city": "Amsterdam",
            "countryCode": "NL", "primaryEmail": f"info@loodgieter{self.number}.example",
        }  # fmt: skip
        began = time.monotonic()
        self.connection.request("POST", "/v1/customers", json.dumps(body), {"Authentication": f"Bearer {self.key}", "Content-Type": "application/json"})
        answer = self.connection.getresponse()
        seen = answer.read()
        if answer.status not in (200, 201):
            sys.exit(f"POST /v1/customers answers {answer.status}: {seen.decode()}")
        return (time.monotonic() - began) * 1000

    def write_while(self, goes_on):
        taken = []
        while goes_on():
            taken.append(self.write())
            time.sleep(0.005)
        return taken


def for_seconds(seconds):
    until = time.monotonic() + seconds
    return lambda: time.monotonic() < until


def percentile(taken, part):
    return taken[min(int(len(taken) * part), len(taken) - 1)]


def row_heading(name):
    print(f"{name: <44} {'number':>7} {'median ms':>10} {'p99 ms':>10} {'longest':>10} {'ratio':>8}")


def row(name, taken, ratio=""):
    """A line with what so many requests took."""
    taken = sorted(taken)
    print(f"{name:<44} {len(taken):>7,} {percentile(taken, 0.5):>10.2f} {percentile(taken, 0.99):>10.2f} {taken[-1]:>10.2f} {ratio:>8}")
