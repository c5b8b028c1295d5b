"""Search for the program mlgate."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path
from typing import Iterator

from ._errors import BinaryNotFound

NAME = "mlgate.exe" if os.name == "nt" else "mlgate"


def find_binary() -> Path:
    """Returns the path of the program.

    The environment variable `MLGATE_BINARY` comes first, then the program that was installed with this package, then `PATH`.
    Relative folders of `PATH`, and on Windows the current folder, are left out: a program of the change must not be run.

    Raises:
        BinaryNotFound: there is none, or `MLGATE_BINARY` names no executable file.
    """
    given = os.environ.get("MLGATE_BINARY")
    if given:
        path = Path(given).absolute()
        if not _is_program(path):
            raise BinaryNotFound(f"MLGATE_BINARY names no executable file: {path}")
        return path
    for folder in _folders():
        path = folder / NAME
        if _is_program(path):
            return path
    raise BinaryNotFound(
        "the program mlgate is neither beside this Python nor on PATH; install the wheel of mlgate, or set MLGATE_BINARY to its path"
    )


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _folders() -> Iterator[Path]:
    """Yields the folders where installers put programs, and then those of `PATH`."""
    yield Path(sysconfig.get_path("scripts"))
    user = f"{os.name}_user"
    if user in sysconfig.get_scheme_names():
        yield Path(sysconfig.get_path("scripts", user))
    yield Path(sys.executable).parent
    # `pip install --target FOLDER` and `--prefix FOLDER`.
    package = Path(__file__).resolve().parent
    yield package.parent / "bin"
    if len(package.parents) > 3:
        yield package.parents[3] / "bin"
    for entry in os.environ.get("PATH", "").split(os.pathsep):
        if os.path.isabs(entry):
            yield Path(entry)
