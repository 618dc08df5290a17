"""An endpoint whose answers are in the audit log before they are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.api.door import Request
from service.api.edge import Endpoint
from service.reply import Reply

if TYPE_CHECKING:
    from service.audit.keeping import Keeper


class Recorded:
    """Stands before an endpoint."""

    def __init__(self, endpoint: Endpoint, keeper: Keeper) -> None:
        """Take what answers, and what records."""
        self._endpoint = endpoint
        self._keeper = keeper

    async def __call__(self, request: Request) -> Reply:
        """Answer one request.

        Raises:
            Refusal: it cannot be answered as asked, or not be recorded.
            ClientGone: the caller hung up before its body was complete.
        """
        reply = await self._endpoint(request)
        self._keeper.keep(request.visit.identity, request.visit.key, request.visit.path, reply)
        return reply
