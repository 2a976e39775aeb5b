"""The OpenAPI document of the sample endpoints, as the program writes it."""
import subprocess
from pathlib import Path

from support.project import program


def sample_document(*words):
    """With the words that tests/api/print_openapi.c takes."""
    build = Path(program()).resolve().parent
    subprocess.run(["ninja", "-C", build, "tests/api/print_openapi"], check=True,
                   stdout=subprocess.DEVNULL)
    return subprocess.run([build / "tests/api/print_openapi", *words], check=True,
                          capture_output=True, text=True).stdout
