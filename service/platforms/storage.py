"""A bundle that lies in the storage of a cloud: it is copied into a folder, for the model is mapped from files."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from churn.errors import BadInput
from service.platforms.variables import STORAGE

if TYPE_CHECKING:
    from service.settings import Settings

_PREFIX = "churn-bundle-"


@contextmanager
def brought(settings: Settings, environ: Mapping[str, str]) -> Iterator[Settings]:
    """Give settings whose bundle is a folder here; a copy is removed at the end.

    Raises:
        BadInput: the platform names a bundle elsewhere, and it cannot be copied.
    """
    address = environ.get(STORAGE, "")
    if "://" not in address or settings.bundle != Path(address):  # another bundle was asked for
        yield settings
        return
    try:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    except OSError as error:
        raise BadInput(f"The bundle {address} cannot be copied, for no folder can be made for it: {error}.") from None
    try:
        _copy(address, folder)
        yield replace(settings, bundle=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy(address: str, folder: Path) -> None:
    """Copy all files below an address.

    Raises:
        BadInput: there is none, or they cannot be read.
    """
    try:
        find = import_module("fsspec.core").url_to_fs
    except ModuleNotFoundError:
        raise BadInput(
            f"{STORAGE} is {address}, and what reads such an address is not installed: pip install "
            "'churn-service[storage]', or copy the bundle into the image and name its folder by CHURN_BUNDLE."
        ) from None
    try:
        files, root = find(address)
        root = root.rstrip("/")
        names = [name for name in files.find(root) if not name.endswith("/")]  # a folder, as some clouds have them
        found = {PurePosixPath(name).relative_to(root): name for name in names}
        if any(".." in place.parts for place in found):
            raise BadInput(f"{address} holds a name with .., which is none of a bundle.")
        for place, name in found.items():
            target = folder / place
            target.parent.mkdir(parents=True, exist_ok=True)
            files.get_file(name, str(target))
    except (ImportError, OSError, ValueError) as error:
        raise BadInput(f"The bundle {address} cannot be copied: {type(error).__name__}: {error}.") from None
    if not found:
        raise BadInput(f"There is no file at {address}; give the folder that churn-train wrote.")
