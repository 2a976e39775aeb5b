"""Real schemas from ../shared/schemas, there and back; judged by the witness."""
import pytest

from schemas.real import SCHEMAS, judge

if not SCHEMAS.is_dir():
    pytest.skip("no ../shared/schemas", allow_module_level=True)


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.sql")), ids=lambda path: path.stem)
def test_real_schema_there_and_back(server, tmp_path, path):
    report = judge(server, path, tmp_path)
    assert report.passed, f"{report.stage}: {report.detail}"
