"""What can be known before a training is checked here: in under a second, without the libraries that train."""

from __future__ import annotations

import os
import re
import shutil
from importlib.util import find_spec
from pathlib import Path

from churn.bundle import check_bundle_target, clear_left, open_bundle
from churn.errors import BadInput
from churn.tables import read_column_names
from training.config import DEFAULT_MODEL, TrainConfig
from training.table.infer import require_names
from training.table.schema_file import load_schema

ROOM_BYTES = 200_000_000
"""What a training needs on the disk of --out: a bundle, the one that it replaces, and room to work in."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def check_first(config: TrainConfig) -> None:
    """Refuse what is wrong with the options, --out or the columns of the table; remove what killed runs left.

    Raises:
        BadInput: the sentence says what would be right.
    """
    _check_options(config)
    _check_folder(config.out)
    clear_left(config.out)
    check_bundle_target(config.out, overwrite=config.overwrite)
    _check_room(config.out)
    _check_columns(config)
    if config.schema is not None:
        load_schema(config.schema)


def _check_options(config: TrainConfig) -> None:
    if not _NAME.fullmatch(config.out.name):
        raise BadInput(
            f"--out ends in {config.out.name!r}; the bundle takes its name from there, so it has to be "
            "letters, digits, '.', '_' and '-' only, 64 at the most."
        )
    if config.model != DEFAULT_MODEL and (config.fast or config.search_s or config.start):
        raise BadInput(f"--fast, --search and --from are for the default model; --model {config.model} has no teacher.")
    if bool(config.fast) + bool(config.search_s) + bool(config.start) > 1:
        raise BadInput("Of --fast, --search and --from only one can be given: each asks for another teacher.")
    if config.search_s and not find_spec("optuna"):
        raise BadInput("--search needs optuna, which is not installed: pip install 'churn-service[search]'.")


def _check_folder(out: Path) -> None:
    """Refuse a place where no folder can be made."""
    folder = _nearest(out)
    if not folder.is_dir():
        raise BadInput(f"--out is {out}, but {folder} is no folder. Choose another --out.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BadInput(f"--out is {out}, but {folder} cannot be written to. Choose another --out.")


def _nearest(out: Path) -> Path:
    """Return the nearest of the folders above ``out`` that is there, or what stands in its place."""
    return next(parent for parent in out.absolute().parents if os.path.lexists(parent))


def _check_room(out: Path) -> None:
    folder = _nearest(out)
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < ROOM_BYTES:
        raise BadInput(
            f"The disk of {folder} has {free_bytes / 1e6:,.0f} MB left; a training needs {ROOM_BYTES / 1e6:,.0f} MB "
            "there. Make room, or choose another --out."
        )


def _check_columns(config: TrainConfig) -> None:
    """Read the names of the columns, and hold the options that name some against them."""
    names = read_column_names(config.data, config.delimiter)
    require_names(names, [config.label], "which was to be the label")
    require_names(names, [config.split_by] if config.split_by else [], "which --split-by names")
    require_names(names, config.keep, "which was to be kept")
    require_names(names, config.drop, "which was to be dropped")
    if config.start is not None:
        older = [field.name for field in open_bundle(config.start).schema.fields]
        require_names(names, older, "which the bundle to start from was trained on")
