"""Load by wrk and pgbench, and what it cost: processor time, memory, system calls."""
import json
import os
import re
import resource
import select
import signal
import socket
import subprocess
from collections import namedtuple
from pathlib import Path

from bench.serve_apps import end, spawn
from support.server import clean_environment, find_program

LOAD = Path(__file__).resolve().parent / "load"
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")

# rate: requests a second. p50, p99: microseconds. server, database: seconds of processor time a
# request, or None.
Run = namedtuple("Run", "rate requests p50 p99 server database")


def processor_seconds(pids):
    """Of these processes with all their threads: user and system time."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            fields = stat.read().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def memory(pid):
    """Bytes of the process that are in memory."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * PAGE


def group(pid):
    """The processes of the group that @pid leads."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if os.getpgid(int(name)) == pid:
                    found.append(int(name))
            except ProcessLookupError:
                pass
    return found


def backends(database, user):
    """The server's processes that work for a role, in a fixed order."""
    return [pid for (pid,) in database.execute(
        "select pid from pg_stat_activity where usename = %s and backend_type = 'client backend'"
        " order by pid", (user,))]


def finish(child, name):
    """The output of a child that must end well."""
    try:
        out, err = child.communicate()
    finally:
        end(child)
    if child.returncode != 0:
        raise RuntimeError(f"{name}: exit {child.returncode}: {out}{err}")
    return out


def wrk_words(port, script, connections, seconds):
    return ["wrk", "-t", "2", "-c", connections, "-d", f"{seconds}s", "-s", script,
            "--timeout", "30s", f"http://127.0.0.1:{port}"]


def judge_wrk(out):
    """The sums that common.lua printed; what was not answered well fails the run."""
    found = json.loads(out.strip().splitlines()[-1])
    if found["refused"] or found["broken"] or not found["requests"]:
        raise RuntimeError(f"not all requests were answered well: {found}")
    return found


def start_wrk(service, script, connections, seconds):
    return spawn(wrk_words(service.port, f"{script}.lua", connections, seconds), cwd=LOAD,
                 text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def wrk(database, service, script, connections, seconds):
    """One run against a service, with the processor time of it and of its backends.

    Without the latter if it opened or closed connections to the database meanwhile.
    """
    mine, theirs = group(service.pid), backends(database, service.user)
    before = processor_seconds(mine), processor_seconds(theirs)
    child = start_wrk(service, script, connections, seconds)
    found = judge_wrk(finish(child, f"wrk on {service.name}"))
    count = found["requests"]
    server = (processor_seconds(mine) - before[0]) / count
    stayed = backends(database, service.user) == theirs
    spent = (processor_seconds(theirs) - before[1]) / count if stayed else None
    return Run(count / found["microseconds"] * 1e6, count, found["p50"], found["p99"], server,
               spent)


def pgbench(database, script, connections, seconds, each=1):
    """One run of pgbench; each: statements of its script's transaction."""
    words = [find_program("pgbench"), "-n", "-M", "prepared", "-c", connections, "-j",
             min(connections, 2), "-T", seconds, "-f", LOAD / f"{script}.sql", database.url]
    child = spawn(words, env=clean_environment(), text=True, stdout=subprocess.PIPE,
                  stderr=subprocess.PIPE)
    out = finish(child, "pgbench")
    rate = float(re.search(r"^tps = ([\d.]+)", out, re.MULTILINE)[1]) * each
    latency = float(re.search(r"latency average = ([\d.]+)", out)[1])
    return Run(rate, int(rate * seconds), latency * 1000, None, None, None)


def memory_under_load(service, script, connections, seconds):
    """Most bytes of a service while so many connections ask."""
    child = start_wrk(service, script, connections, seconds)
    most = 0
    while child.poll() is None:
        most = max(most, memory(service.pid))
        select.select([], [], [], 0.05)
    judge_wrk(finish(child, f"wrk on {service.name}"))
    return most


def calls_by_perf(service, script, connections, seconds):
    """System calls a request, counted by the kernel; None where it cannot count for us."""
    control, acknowledge = os.pipe(), os.pipe()
    counter = spawn(
        ["perf", "stat", "-x", ",", "-e", "raw_syscalls:sys_enter", "-p", service.pid, "-D", "-1",
         "--control", f"fd:{control[0]},{acknowledge[1]}"], text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, pass_fds=[control[0], acknowledge[1]])
    os.close(control[0])
    os.close(acknowledge[1])
    try:
        os.write(control[1], b"enable\n")
        if not os.read(acknowledge[0], 16).startswith(b"ack"):
            return None
        found = judge_wrk(finish(start_wrk(service, script, connections, seconds), "wrk"))
        counter.send_signal(signal.SIGINT)
        said = counter.communicate()[1]
    except BrokenPipeError:
        return None
    finally:
        os.close(control[1])
        os.close(acknowledge[0])
        end(counter)
    count = re.search(r"^(\d+),", said, re.MULTILINE)
    return int(count[1]) / found["requests"] if count else None


def calls_by_strace(service, script, connections, seconds):
    """The same by stopping the service at each call, which slows it down."""
    tracer = spawn(["strace", "-c", "-f", "-p", service.pid], text=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        tracer.stderr.readline()  # "Process … attached"
        found = judge_wrk(finish(start_wrk(service, script, connections, seconds), "wrk"))
        tracer.send_signal(signal.SIGINT)
        said = tracer.stderr.read()
    finally:
        end(tracer)
    count = re.search(r"^100\.00\s+\S+\s+\S*\s+(\d+)\b.*total$", said, re.MULTILINE)
    if count is None:
        raise RuntimeError(f"strace: {said.strip()}")
    return int(count[1]) / found["requests"]


def read_answer(connection):
    """One answer with a Content-Length, to its end."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536) or b"\r\n\r\n"
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
    while length and len(body) < int(length[1]):
        more = connection.recv(65536)
        if not more:
            break
        body += more
    if not head.startswith(b"HTTP/1.1 200 "):
        raise RuntimeError(f"not answered well: {head[:80]}")


def allow_files(count):
    """Lets this process and those that it starts have so many files open."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < count:
        raise RuntimeError(f"{count} open files are needed, {hard} are allowed (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def idle_memory(service, count):
    """Bytes that a service grows by when so many clients have asked once and stay connected."""
    before, clients = memory(service.pid), []
    request = b"GET /items/1 HTTP/1.1\r\nHost: bench\r\n\r\n"
    try:
        for _ in range(count):
            client = socket.create_connection(("127.0.0.1", service.port), timeout=30)
            clients.append(client)
            client.sendall(request)
            read_answer(client)
        # They are still there: each answers again.
        for client in clients:
            client.sendall(request)
            read_answer(client)
        return memory(service.pid) - before
    finally:
        for client in clients:
            client.close()


