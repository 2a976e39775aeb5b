"""Runs commands and measures them: seconds by the clock and peak memory of each."""
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field


@dataclass
class Series:
    """The runs of one command."""

    name: str
    seconds: list = field(default_factory=list)
    processor: list = field(default_factory=list)  # seconds of the client's own processor time
    memory: int = 0  # bytes: the most of any run

    @property
    def median(self):
        return statistics.median(self.seconds)

    @property
    def best(self):
        return min(self.seconds)

    @property
    def work(self):
        return min(self.processor)


def peak_memory(process):
    """VmHWM of a running process in bytes; 0 if it is gone."""
    try:
        with open(f"/proc/{process}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def wait_and_watch(child):
    """Waits; gives the highest peak seen. (ru_maxrss would count the parent before exec.)"""
    memory = 0
    while child.poll() is None:
        memory = max(memory, peak_memory(child.pid))
        time.sleep(0.0005)
    return memory


def processor_time():
    """Of all children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run(words, cwd, env, watch=False):
    """(seconds, its processor's seconds, peak memory in bytes if watched) of one process.

    Its output is thrown away.
    """
    with tempfile.TemporaryFile() as errors:
        before = processor_time()
        started = time.perf_counter()
        child = subprocess.Popen(
            words, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=errors)
        memory = wait_and_watch(child) if watch else 0
        child.wait()
        seconds = time.perf_counter() - started
        if child.returncode != 0:
            errors.seek(0)
            text = errors.read().decode(errors="replace").strip()
            raise RuntimeError(f"{' '.join(words)}: exit {child.returncode}: {text[-1500:]}")
    return seconds, processor_time() - before, memory


@dataclass
class Contender:
    """One command in a comparison; before and after each run something may be prepared."""

    name: str
    words: object  # a list, or a function that gives one
    cwd: str
    env: dict
    before: object = None
    after: object = None

    def once(self, watch=False):
        if self.before:
            self.before()
        words = self.words() if callable(self.words) else self.words
        try:
            return run([str(word) for word in words], self.cwd, self.env, watch)
        finally:
            if self.after:
                self.after()


def race(contenders, rounds, warm=True):
    """{name: Series}: all run in turn, so that a slow minute slows them all alike.

    A first run of each, not counted, warms caches and is watched for memory.
    """
    found = {one.name: Series(one.name) for one in contenders}
    for one in contenders if warm else []:
        found[one.name].memory = one.once(watch=True)[2]
    for _ in range(rounds):
        for one in contenders:
            seconds, processor, _ = one.once()
            found[one.name].seconds.append(seconds)
            found[one.name].processor.append(processor)
            print(f"  {one.name}: {seconds:.3f} s", file=sys.stderr, flush=True)
    return found
