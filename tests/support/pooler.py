"""A pgbouncer in front of the test server, as a deployment has one."""
import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from urllib.parse import parse_qsl, quote, urlsplit

from support.server import USER, clean_environment
from support.wait import until

SETTINGS = """
[databases]
{databases}
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = {folder}
auth_type = any
pool_mode = transaction
default_pool_size = {size}
logfile = {folder}/log
pidfile = {folder}/pid
"""


def find_pooler():
    """The path of pgbouncer; None where it is not installed."""
    return shutil.which("pgbouncer", path=os.environ["PATH"] + ":/usr/sbin")


@contextlib.contextmanager
def pooler(database, size=3):
    """Gives a URL that leads to @database through a pooler whose sessions any client may get."""
    parts = urlsplit(database.url)
    host = dict(parse_qsl(parts.query)).get("host") or parts.hostname
    folder = tempfile.mkdtemp(prefix="retort-pool-")
    settings = os.path.join(folder, "pgbouncer.ini")
    with open(settings, "w", encoding="utf-8") as out:
        out.write(SETTINGS.format(
            databases=f"{database.name} = host={host} port={parts.port or 5432} user={USER}",
            folder=folder, size=size))
    words = [find_pooler(), "-q", settings]
    if os.geteuid() == 0:
        account = pwd.getpwnam(USER)
        os.chown(folder, account.pw_uid, account.pw_gid)
        words = ["setpriv", "--reuid", USER, "--regid", USER, "--clear-groups", *words]
    child = subprocess.Popen(words, env=clean_environment(), stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    try:
        socket = os.path.join(folder, ".s.PGSQL.6432")
        until(lambda: os.path.exists(socket) or child.poll() is not None)
        assert child.poll() is None, open(os.path.join(folder, "log"), encoding="utf-8").read()
        yield f"postgresql://{USER}@/{database.name}?host={quote(folder)}&port=6432"
    finally:
        child.terminate()
        child.wait()
        shutil.rmtree(folder)
