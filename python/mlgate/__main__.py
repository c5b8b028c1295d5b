"""`python -m mlgate`: the program, with the same arguments."""

from __future__ import annotations

import os
import subprocess
import sys

from ._binary import find_binary
from ._errors import BinaryNotFound


def main() -> int:
    """Runs the program in place of this process, or on Windows below it, and returns its exit code."""
    try:
        program = str(find_binary())
        if os.name != "nt":
            os.execv(program, [program, *sys.argv[1:]])
        return subprocess.run([program, *sys.argv[1:]], check=False).returncode
    except (BinaryNotFound, OSError) as error:
        print(f"mlgate: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
