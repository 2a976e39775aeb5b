"""The OpenAPI document of sample endpoints, judged by a validator that others wrote."""
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from support.openapi import sample_document

TOP = Path(__file__).resolve().parents[2]
NPM = Path(os.environ.get("RETORT_NPM") or TOP / "build" / "npm").resolve()


@pytest.fixture(scope="session")
def packages():
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("npm is not installed")
    if subprocess.run([TOP / "tools/get-npm", NPM], check=False).returncode != 0:
        pytest.skip("npm packages could not be had")
    return NPM


def validate(document, packages):
    return subprocess.run(["node", TOP / "tests/npm/validate_openapi.mjs", packages],
                          input=document, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("words", [(), ("open",), ("fastapi",), ("fastapi", "turned")])
def test_document_is_valid(packages, words):
    done = validate(sample_document(*words), packages)
    assert done.returncode == 0, done.stdout + done.stderr


def spoil_version(document):
    del document["info"]["version"]


def spoil_reference(document):
    del document["components"]["schemas"]["mood"]


def spoil_schema(document):
    document["components"]["schemas"]["mood"]["enum"] = "sad"


@pytest.mark.parametrize("spoil", [spoil_version, spoil_reference, spoil_schema])
def test_validator_sees_what_is_wrong(packages, spoil):
    document = json.loads(sample_document())
    spoil(document)
    assert validate(json.dumps(document), packages).returncode == 1


def test_document_is_the_same_each_time():
    assert sample_document() == sample_document()
