# SPDX-License-Identifier: GPL-2.0-or-later
"""Many command lines of `python -m geosift.inference` in one fresh process, for speed.

Takes a JSON list of argument lists on standard input, prints a JSON list of
[exit code, standard output, standard error], each caught at the file descriptor, so that what C
libraries print is in it.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile

from geosift.inference.__main__ import main


def ended(arguments: list[str]) -> list:
    """How one command line ended."""
    kept = {number: os.dup(number) for number in (1, 2)}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        for number, file in ((1, out), (2, err)):
            os.dup2(file.fileno(), number)
        try:
            code = main(arguments)
        except SystemExit as stop:
            code = stop.code
        sys.stdout.flush()
        sys.stderr.flush()
        for number, descriptor in kept.items():
            os.dup2(descriptor, number)
            os.close(descriptor)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode())
    return [code, *texts]


if __name__ == "__main__":
    print(json.dumps([ended(arguments) for arguments in json.load(sys.stdin)]))
