"""`manage.py up` on a free port with a data directory of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from django.conf import settings

from tests.migrated import lay_down

pytestmark = pytest.mark.services
IN_TIME = 180


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(data_dir, **extra):
    kept = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")}
    house = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATA_DIR": str(data_dir),
        "DEBUG": "1",
        "DEMO": "0",
    }
    return {**kept, **house, **extra}


def start(data_dir, port, **extra):
    return subprocess.Popen(
        [sys.executable, "manage.py", "up", "--port", str(port)],
        cwd=settings.BASE_DIR,
        env=environment(data_dir, **extra),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def processes_of(data_dir):
    """Every live process that carries this data directory in its environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            variables = (folder / "environ").read_bytes().split(b"\0")
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z" and f"DATA_DIR={data_dir}".encode() in variables:
            found.append(int(folder.name))
    return found


def wait_until(condition, *, seconds=IN_TIME):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.2)
    return False


def health(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return json.load(answer)
    except (urllib.error.URLError, OSError):
        return None


def must_be_up(process, port):
    """Wait for the first healthy answer; without one, say what the house has printed."""
    if not wait_until(lambda: health(port)):
        process.kill()  # else its output has no end
        pytest.fail(process.stdout.read())


def command_of(pid):
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


@pytest.fixture
def house(request, tmp_path):
    """A running house: its process, port and data directory; nothing is left behind.

    With the parameter "used" its database is there already; else it is made from nothing.
    """
    port = free_port()
    if getattr(request, "param", "") == "used":
        lay_down(tmp_path / "db.sqlite3")
    process = start(tmp_path, port)
    yield process, port, tmp_path
    process.kill()
    process.wait()
    for pid in processes_of(tmp_path):
        os.kill(pid, signal.SIGKILL)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_up_serves_restarts_a_dead_child_and_stops_all(house):
    process, port, data_dir = house

    must_be_up(process, port)
    assert health(port) == {"database": "ok", "broker": "ok", "jobs": "ok"}
    assert (data_dir / "secret_key").stat().st_mode & 0o777 == 0o600

    beat = next(pid for pid in processes_of(data_dir) if " beat " in command_of(pid))
    os.kill(beat, signal.SIGKILL)
    assert wait_until(
        lambda: any(" beat " in command_of(pid) and pid != beat for pid in processes_of(data_dir))
    )

    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=40) == 0
    assert processes_of(data_dir) == []


@pytest.mark.parametrize("house", ["used"], indirect=True)
@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux only")
def test_up_killed_outright_leaves_no_orphans(house):
    process, port, data_dir = house
    must_be_up(process, port)

    process.kill()

    assert wait_until(lambda: processes_of(data_dir) == [], seconds=40)


def test_up_on_a_taken_port_says_so(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        lay_down(tmp_path / "db.sqlite3")

        words, _ = start(tmp_path, port).communicate(timeout=IN_TIME)

    assert f"不能在 127.0.0.1:{port} 上启动" in words


def test_start_without_secret_key_gives_a_hint(tmp_path):
    result = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=settings.BASE_DIR,
        env=environment(tmp_path, DEBUG="0"),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, "没有设置 SECRET_KEY" in result.stderr) == (1, True)
