"""The benchmarks run; whether they hold their limits is seen with full sizes only."""
import json
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]


def test_benchmarks_run(tmp_path):
    result = tmp_path / "bench.json"
    done = subprocess.run(
        [sys.executable, TOP / "bench" / "run", "--smoke", "--json", result],
        capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(json.loads(result.read_text())["results"]) >= 7
