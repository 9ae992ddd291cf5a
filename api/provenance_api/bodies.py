"""How large a request may be: the rest of one that is larger is not read."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from provenance_api.problems import TOO_LARGE

MAX_BODY = 4 * 1024 * 1024


class LimitBody:
    """Refuses bodies above a size, whether they say so in advance or not."""

    def __init__(self, app: ASGIApp, most: int = MAX_BODY) -> None:
        self.app = app
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        said = headers.get(b"content-length", b"0")
        if said.isdigit() and int(said) > self.most:
            await self._refuse(scope, send)
            return
        read, begun = 0, False

        async def count() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.most:
                raise _TooLargeError
            return message

        async def note(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, count, note)
        except _TooLargeError:
            if not begun:
                await self._refuse(scope, send)

    async def _refuse(self, scope: Scope, send: Send) -> None:
        from fastapi.responses import JSONResponse  # noqa: PLC0415

        body = {
            "type": f"/problems/{TOO_LARGE.kind}",
            "title": TOO_LARGE.title,
            "status": TOO_LARGE.status,
            "detail": f"the body has more than {self.most} bytes: {TOO_LARGE.remedy}",
            "instance": scope["path"],
        }
        answer = JSONResponse(body, TOO_LARGE.status, media_type="application/problem+json")
        await answer(scope, _nothing, send)


class _TooLargeError(Exception):
    pass


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
