"""A disk that is full is told in one sentence, whichever library found it out."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def full_disk_told(out: Path) -> Iterator[None]:
    """Turn an error of the block that says that the disk is full into one that says what to do.

    TensorFlow has errors of its own for what the system refuses; what they have in common is the system's text.

    Raises:
        OSError: the disk is full (ENOSPC).
    """
    try:
        yield
    except Exception as error:
        if os.strerror(errno.ENOSPC) not in str(error):
            raise
        said = "the disk is full; nothing was written. Make room there, or choose another --out"
        raise OSError(errno.ENOSPC, said, str(out)) from error
