"""Carries out a peer's tasks on sockets of pyzmq: opens and closes them, and sends, receives and verifies runs of
messages. It does not know where its tasks come from."""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from time import perf_counter
from typing import Any, Callable, Dict, List, Optional, Sequence, Set

import zmq
import zmq.asyncio

from messages import Message, Stream, difference, digest_of, message_of, topic_of
from sockets import Unsupported, code_of, events_of, last_endpoint, open_socket, subscribe, unsubscribe

Fields = Dict[str, Any]


class Host:
    def __init__(self, notify: Callable[[Fields], None]) -> None:
        self._notify = notify
        self._context = zmq.asyncio.Context()
        self._sockets: Dict[str, zmq.asyncio.Socket] = {}
        self._background: Set[asyncio.Task[None]] = set()

    async def call(self, task: str, fields: Fields) -> Fields:
        perform = getattr(self, f"_do_{task}", None)
        if perform is None:
            raise Unsupported(f"this peer has no task {task}")
        return await perform(**fields) or {}

    async def _do_open(self, socket: str, type: str, options: Optional[Fields] = None, events: bool = False) -> None:
        if socket in self._sockets:
            raise ValueError(f"socket {socket} is open already")
        self._sockets[socket] = open_socket(self._context, type, options or {})
        if events:
            self._start(self._report(socket))

    async def _do_close(self, socket: str) -> None:
        self._socket(socket).close()
        del self._sockets[socket]

    async def _do_bind(self, socket: str, endpoint: str) -> Fields:
        self._socket(socket).bind(endpoint)
        return {"endpoint": last_endpoint(self._socket(socket))}

    async def _do_connect(self, socket: str, endpoint: str) -> None:
        self._socket(socket).connect(endpoint)

    async def _do_unbind(self, socket: str, endpoint: str) -> None:
        self._socket(socket).unbind(endpoint)

    async def _do_disconnect(self, socket: str, endpoint: str) -> None:
        self._socket(socket).disconnect(endpoint)

    async def _do_subscribe(self, socket: str, prefixes: List[str]) -> None:
        await subscribe(self._socket(socket), prefixes)

    async def _do_unsubscribe(self, socket: str, prefixes: List[str]) -> None:
        await unsubscribe(self._socket(socket), prefixes)

    async def _do_send(self, socket: str, parts: List[str]) -> None:
        await self._socket(socket).send_multipart([b64decode(part) for part in parts])

    async def _do_receive(self, socket: str) -> Fields:
        parts = await self._socket(socket).recv_multipart()
        return {"parts": [b64encode(part).decode() for part in parts]}

    async def _do_digest(self, stream: Stream, count: int, **where: int) -> Fields:
        return {"sha256": digest_of(stream, where.get("from", 0), count)}

    async def _do_produce(self, socket: str, stream: Stream, count: int, **where: int) -> Fields:
        messages = await _messages(stream, _run(where, count))
        return await (_pour if self._is_stream(socket) else _produce)(self._socket(socket), messages)

    async def _do_consume(
        self,
        socket: str,
        stream: Stream,
        count: int,
        only: Optional[List[str]] = None,
        envelope: int = 0,
        **where: int,
    ) -> Fields:
        wanted = [i for i in _run(where, count) if only is None or (topic_of(stream, i) or "").startswith(tuple(only))]
        expected = await _messages(stream, wanted)
        if self._is_stream(socket):
            return await _collect(self._socket(socket), expected)
        return await _consume(self._socket(socket), expected, _Topics(stream), envelope)

    async def _do_request(
        self,
        socket: str,
        stream: Stream,
        replies: Stream,
        count: int,
        to: Sequence[str] = (),
        **where: int,
    ) -> Fields:
        messages = await _messages(stream, _run(where, count))
        expected = await _messages(replies, _run(where, count))
        return await _request(self._socket(socket), messages, expected, [b64decode(part) for part in to])

    async def _do_serve(
        self,
        socket: str,
        stream: Stream,
        replies: Stream,
        count: int,
        envelope: int = 0,
        **where: int,
    ) -> Fields:
        expected = await _messages(stream, _run(where, count))
        answers = await _messages(replies, _run(where, count))
        return await _serve(self._socket(socket), expected, answers, _Topics(stream), envelope)

    async def _do_authenticate(self, users: Dict[str, str]) -> None:
        handler = self._context.socket(zmq.REP)
        handler.bind("inproc://zeromq.zap.01")
        self._start(_authenticate(handler, users))

    def _socket(self, name: str) -> zmq.asyncio.Socket:
        if name not in self._sockets:
            raise ValueError(f"no socket {name}")
        return self._sockets[name]

    def _is_stream(self, name: str) -> bool:
        return self._socket(name).type == zmq.STREAM

    def _start(self, coroutine: Any) -> None:
        """The event loop itself holds its tasks weakly."""
        task = asyncio.ensure_future(coroutine)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _report(self, name: str) -> None:
        async for notice in events_of(self._socket(name)):
            self._notify({"event": "socket", "socket": name, **notice})


class _Topics:
    """Tells messages that belong to none of a stream's topics."""

    def __init__(self, stream: Stream) -> None:
        self._known = {topic.encode() for topic in stream.get("topics") or ()}

    def are_foreign_to(self, message: Message) -> bool:
        return bool(self._known) and (not message or message[0] not in self._known)


class _Tally:
    """What a consumer has seen."""

    def __init__(self, expected: Sequence[Message]) -> None:
        self._expected = expected
        self.received: List[Message] = []
        self.foreign = 0
        self._start: Optional[float] = None
        self._stop: Optional[str] = None

    @property
    def complete(self) -> bool:
        return len(self.received) == len(self._expected)

    def begin(self) -> None:
        self._start = self._start or perf_counter()

    def stop(self, error: zmq.ZMQError) -> None:
        self._stop = f"{code_of(error.errno)}: {error.strerror}"

    def report(self) -> Fields:
        milliseconds = 1000 * (perf_counter() - self._start) if self._start else 0
        fault = self._fault()
        return {
            **_size(self.received),
            "foreign": self.foreign,
            "milliseconds": milliseconds,
            **({"fault": fault} if fault else {}),
        }

    def _fault(self) -> Optional[str]:
        total = len(self._expected)
        for i, expected in enumerate(self._expected):
            if i == len(self.received):
                why = f": {self._stop}" if self._stop else ""
                return f"{total - i} of {total} messages are missing{why}"
            fault = difference(self.received[i], expected)
            if fault:
                return f"message {i} of {total}: {fault}"
        return self._stop


def _run(where: Dict[str, int], count: int) -> range:
    """`from` is a word of Python's, so it comes with the other arguments."""
    first = where.get("from", 0)
    return range(first, first + count)


async def _messages(stream: Stream, indices: Sequence[int]) -> List[Message]:
    """Other tasks get their turn in between: large messages take a while to make."""
    messages = []
    for index in indices:
        messages.append(message_of(stream, index))
        await asyncio.sleep(0)
    return messages


def _size(messages: Sequence[Message]) -> Fields:
    return {
        "count": len(messages),
        "parts": sum(map(len, messages)),
        "bytes": sum(len(part) for message in messages for part in message),
    }


async def _produce(socket: zmq.asyncio.Socket, messages: Sequence[Message]) -> Fields:
    start = perf_counter()
    for message in messages:
        await socket.send_multipart(message)
    return {**_size(messages), "milliseconds": 1000 * (perf_counter() - start)}


async def _pour(socket: zmq.asyncio.Socket, messages: Sequence[Message]) -> Fields:
    """A STREAM knows no messages: it sends their bytes to the peer that its first notice tells of."""
    peer, _ = await socket.recv_multipart()
    # Nothing at all would close the connection.
    chunks = [chunk for chunk in map(b"".join, messages) if chunk]
    output = await _produce(socket, [[peer, chunk] for chunk in chunks])
    return {**_size(messages), "milliseconds": output["milliseconds"]}


async def _collect(socket: zmq.asyncio.Socket, expected: Sequence[Message]) -> Fields:
    """Takes as many bytes as the run has; what a STREAM tells of connections has none."""
    whole = b"".join(part for message in expected for part in message)
    tally = _Tally([[whole]])
    chunks: List[bytes] = []
    length = 0
    tally.begin()
    try:
        while length < len(whole):
            _, chunk = await socket.recv_multipart()
            chunks.append(chunk)
            length += len(chunk)
    except zmq.ZMQError as error:
        tally.stop(error)
    tally.received.append([b"".join(chunks)])
    report = tally.report()
    return {**report, "count": 0 if "fault" in report else len(expected), "parts": len(chunks)}


async def _consume(socket: zmq.asyncio.Socket, expected: Sequence[Message], topics: _Topics, envelope: int) -> Fields:
    tally = _Tally(expected)
    try:
        while not tally.complete:
            message = (await socket.recv_multipart())[envelope:]
            tally.begin()
            if topics.are_foreign_to(message):
                tally.foreign += 1
            else:
                tally.received.append(message)
    except zmq.ZMQError as error:
        tally.stop(error)
    return tally.report()


async def _request(
    socket: zmq.asyncio.Socket,
    messages: Sequence[Message],
    expected: Sequence[Message],
    to: List[bytes],
) -> Fields:
    tally = _Tally(expected)
    tally.begin()
    try:
        for message in messages:
            if to and not tally.received:
                await _send_once_known(socket, to + message)
            else:
                await socket.send_multipart(to + message)
            tally.received.append((await socket.recv_multipart())[len(to) :])
    except zmq.ZMQError as error:
        tally.stop(error)
    return tally.report()


async def _send_once_known(socket: zmq.asyncio.Socket, parts: Message) -> None:
    """A ROUTER knows the peer that it addresses some time after it has connected; nothing tells when."""
    while True:
        try:
            return await socket.send_multipart(parts)
        except zmq.ZMQError as error:
            if error.errno != zmq.EHOSTUNREACH:
                raise
            await asyncio.sleep(0.001)


async def _serve(
    socket: zmq.asyncio.Socket,
    expected: Sequence[Message],
    answers: Sequence[Message],
    topics: _Topics,
    envelope: int,
) -> Fields:
    tally = _Tally(expected)
    try:
        while not tally.complete:
            whole = await socket.recv_multipart()
            head, message = whole[:envelope], whole[envelope:]
            tally.begin()
            if topics.are_foreign_to(message):
                tally.foreign += 1
                await socket.send_multipart(head + [b""])
            else:
                answer = answers[len(tally.received)]
                tally.received.append(message)
                await socket.send_multipart(head + answer)
    except zmq.ZMQError as error:
        tally.stop(error)
    return tally.report()


async def _authenticate(handler: zmq.asyncio.Socket, users: Dict[str, str]) -> None:
    """A ZAP handler (27/ZAP) that knows some PLAIN users and lets NULL peers in."""
    while True:
        version, request, _, _, _, mechanism, *credentials = await handler.recv_multipart()
        name, password = [part.decode() for part in credentials] if mechanism == b"PLAIN" else ("", "")
        known = mechanism == b"NULL" or (mechanism == b"PLAIN" and users.get(name) == password)
        code, text = (b"200", b"OK") if known else (b"400", b"No such user, or another password")
        # No user id: libzmq hands one to a bound REQ as if it were part of a reply, and drops the connection.
        await handler.send_multipart([version, request, code, text, b"", b""])
