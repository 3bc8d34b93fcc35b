# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks and cards with something wrong in them crash nothing, hang nothing, read nothing else.

A few hundred here; `make mutations` goes through ten thousand, `make mutations ARGS="FIRST COUNT"`
through others.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the system tells of opened files there"
)

COUNT = 300
_RUN = Path(__file__).with_name("mutated_run.py")


@pytest.mark.timeout(280)
def test_spoilt_models_do_no_harm(tmp_path: Path, plain_environment) -> None:
    environment = {**plain_environment}
    environment["PYTHONPATH"] += f":{_RUN.parent}"
    done = subprocess.run(
        [sys.executable, str(_RUN), "0", str(COUNT), str(tmp_path)],
        env=environment, capture_output=True, text=True,
    )  # fmt: skip
    number = (tmp_path / "number").read_text()
    assert done.returncode in (0, 1), f"at {number}: {done.stderr[-3000:]}"
    result = json.loads(done.stdout)
    assert result["failures"] == []
    became = result["became"]
    assert sum(became.values()) == COUNT
    assert min(became[kind] for kind in ("refused", "has a card, is not run", "runs")) > 10
    assert result["slowest"][0] < 30


def test_the_watch_sees_what_is_opened_elsewhere(tmp_path: Path, plain_environment) -> None:
    """Else the test above could not fail: by Python, and by a library behind its back."""
    program = (
        "import ctypes, sys\n"
        "from pathlib import Path\n"
        "from mutated_run import Opened\n"
        "folder = Path(sys.argv[1])\n"
        "(folder / 'inside').mkdir()\n"
        "(folder / 'outside.bin').write_bytes(b'1')\n"
        "opened = Opened(folder / 'inside')\n"
        "with opened.watched():\n"
        "    open('/etc/hostname', 'rb').close()\n"
        "    libc = ctypes.CDLL(None)\n"
        "    libc.close(libc.open(str(folder / 'outside.bin').encode(), 0))\n"
        "    (folder / 'inside' / 'mine').write_bytes(b'1')\n"
        "print(opened.found)\n"
    )
    environment = {**plain_environment}
    environment["PYTHONPATH"] += f":{_RUN.parent}"
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "['/etc/hostname', 'outside.bin']"
