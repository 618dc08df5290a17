"""Having each answer recorded before it is given, and saying so where that is not possible."""

from __future__ import annotations

from service.audit.writing import AuditLog
from service.logs import Log
from service.problems import Refusal
from service.reply import Reply

_RETRY_AFTER_S = 1


class Keeper:
    """Writes what a reply says of customers to the audit log; tells the other log when that fails, and works again."""

    def __init__(self, audit: AuditLog, log: Log) -> None:
        """Take the audit log, and where to complain."""
        self._audit = audit
        self._log = log
        self._fails = False

    def keep(self, request_id: str, key: str | None, route: str, reply: Reply) -> None:
        """Record a reply, given to the caller with a key of that name; one that says nothing of customers is let pass.

        Raises:
            Refusal: it cannot be recorded, so it must not be given.
        """
        if reply.seen is None or not reply.seen.fingerprints:  # an empty list of records, all refused, has none
            return
        try:
            self._audit.write({"request_id": request_id, "key": key, "route": route}, reply.seen)
        except OSError as error:
            if not self._fails:
                self._log.event(
                    "error", "audit", sentence=f"It cannot be written: {error.strerror}. Nobody is answered."
                )
            self._fails = True
            sentence = "The audit log cannot be written, and no answer is given that is not in it."
            raise Refusal("not-recorded", sentence, headers={"Retry-After": str(_RETRY_AFTER_S)}) from None
        if self._fails:
            self._fails = False
            self._log.event("info", "audit", sentence="It is written again.")
