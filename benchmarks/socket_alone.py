"""What the socket alone does: a uvicorn app that reads the body and answers constant bytes.

``python -m benchmarks.socket_alone PORT`` serves it. Nothing that answers from Python over uvicorn can be faster.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn

_ANSWER = (
    b'{"model":{"name":"none","version":"0"},"predictions":[{"churn_probability":0.5,"churn":false,"risk":"medium"}]}'
)
_START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(_ANSWER)).encode())],
}

Message = MutableMapping[str, Any]


async def app(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Answer whatever is asked."""
    assert scope["type"] == "http"
    while (await receive()).get("more_body", False):
        pass
    await send(_START)
    await send({"type": "http.response.body", "body": _ANSWER})


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), access_log=False, log_level="warning", lifespan="off", ws="none")
