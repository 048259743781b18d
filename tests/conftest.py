"""What several tests share: the real corpora, where this machine has them."""

from __future__ import annotations

import os
from pathlib import Path

# Before anything computes: scores and ink are the same to the last bit by one number of threads only.
for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ[name] = "1"

import pytest  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402

from datasets.corpora.iam_ondb import IamOnDb  # noqa: E402

#: A busy machine is slow now and then: no test depends on speed.
settings.register_profile("any speed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any speed")


@pytest.fixture(scope="session")
def corpora() -> Path:
    """Folder of the real corpora, from ``FORGERY_KIT_DATA``; without it the test is skipped and says so."""
    folder = os.environ.get("FORGERY_KIT_DATA")
    if not folder:
        pytest.skip("FORGERY_KIT_DATA does not name the folder of the corpora")
    return Path(folder)


@pytest.fixture(scope="session")
def iam_ondb(corpora: Path) -> IamOnDb:
    """The real IAM-OnDB, parsed once."""
    return IamOnDb(corpora)
