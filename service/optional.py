"""What is there only where it is asked for, or where the system has what it needs; imported not before that."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from service.keys.gate import NEEDED, OPEN, Gate
from service.keys.ring import KeyRing
from service.logs import Log
from service.settings import Settings
from service.shared import Shared, repeats_region

if TYPE_CHECKING:
    from service.audit.keeping import Keeper
    from service.audit.writing import AuditLog
    from service.repeats import Repeats
    from service.tracing.record import Recorder


def open_audit(settings: Settings) -> AuditLog | None:
    """Open the audit log.

    Raises:
        BadInput: it cannot be written, or is something else.
    """
    if settings.audit is None:
        return None
    from service.audit.writing import AuditLog  # needs locks as Unix has them

    return AuditLog(settings.audit)


def make_keeper(audit: AuditLog | None, log: Log) -> Keeper | None:
    """Make what has each answer recorded."""
    if audit is None:
        return None
    from service.audit.keeping import Keeper

    return Keeper(audit, log)


def make_repeats(shared: Shared) -> Repeats | None:
    """Find where answers are kept for repeats."""
    region = shared.region or repeats_region()
    if region is None:
        return None
    from service.repeats import Repeats

    return Repeats(region)


def open_recorder(settings: Settings) -> Recorder | None:
    """Make what records traces for a collector."""
    if settings.otlp_endpoint is None:
        return None
    from service.tracing.record import Recorder  # takes a quarter of a second, and some megabytes

    return Recorder(settings.otlp_endpoint)


def tell_place(log: Log, audit: AuditLog) -> None:
    """Say where the audit log ends: whoever keeps this line can show later that nothing before it was changed."""
    log.event("info", "audit", file=str(audit.path), line=audit.place.number, digest=audit.place.digest)


def make_gate(settings: Settings, log: Log, needed: Mapping[str, str], open_paths: Collection[str]) -> Gate | None:
    """Make what judges who may call; None where anybody may.

    ``needed`` are the scopes of more paths than its own, ``open_paths`` more that need no key.
    """
    ring = bearers = None
    if settings.keys is not None:
        ring = KeyRing(settings.keys, log, settings.rate_rows, settings.workers)
    if settings.oidc_issuer is not None:
        from service.keys.tokens.wiring import make_bearers  # it needs the extra oidc

        bearers = make_bearers(settings, log)
    return None if settings.is_open else Gate(ring, log, bearers, {**NEEDED, **needed}, OPEN.union(open_paths))
