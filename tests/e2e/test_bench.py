"""The benchmarks run; whether they hold their limits is seen with full sizes only."""
import json
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]


def test_benchmarks_run(tmp_path):
    result = tmp_path / "bench.json"
    done = subprocess.run(
        [sys.executable, TOP / "bench" / "run", "--smoke", "--json", result],
        capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(json.loads(result.read_text())["results"]) >= 7


@pytest.mark.long
def test_benchmarks_of_the_server_run(tmp_path):
    result = tmp_path / "serve.json"
    done = subprocess.run(
        [sys.executable, TOP / "bench" / "serve", "--smoke", "--json", result],
        capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(result.read_text())
    assert len(found["results"]) >= 15 and not found["did_not_run"]


@pytest.mark.long
def test_benchmarks_of_backups_run(tmp_path):
    result = tmp_path / "backup.json"
    done = subprocess.run(
        [sys.executable, TOP / "bench" / "backup", "--smoke", "--json", result],
        capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(result.read_text())
    assert len(found["results"]) == 7 and not found["did_not_run"]
