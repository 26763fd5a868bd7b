"""The sockets of a pyzmq peer: the protocol's types, options and events in the words of pyzmq. Which messages flow is
told in tasks.py."""

from __future__ import annotations

import os
import struct
from typing import Any, AsyncIterator, Dict, List, Mapping

import zmq
import zmq.asyncio

TYPES = ("push", "pull", "pub", "sub", "req", "rep", "dealer", "router", "pair", "xpub", "xsub", "stream")

#: The native package's names, and those of `ZMQ_...` constants.
OPTIONS = {
    "affinity": "AFFINITY",
    "backlog": "BACKLOG",
    "conflate": "CONFLATE",
    "connectTimeout": "CONNECT_TIMEOUT",
    "correlate": "REQ_CORRELATE",
    "curvePublicKey": "CURVE_PUBLICKEY",
    "curveSecretKey": "CURVE_SECRETKEY",
    "curveServer": "CURVE_SERVER",
    "curveServerKey": "CURVE_SERVERKEY",
    "handover": "ROUTER_HANDOVER",
    "handshakeInterval": "HANDSHAKE_IVL",
    "heartbeatInterval": "HEARTBEAT_IVL",
    "heartbeatTimeToLive": "HEARTBEAT_TTL",
    "heartbeatTimeout": "HEARTBEAT_TIMEOUT",
    "immediate": "IMMEDIATE",
    "invertMatching": "INVERT_MATCHING",
    "ipv6": "IPV6",
    "linger": "LINGER",
    "mandatory": "ROUTER_MANDATORY",
    "manual": "XPUB_MANUAL",
    "maxMessageSize": "MAXMSGSIZE",
    "noDrop": "XPUB_NODROP",
    "notify": "STREAM_NOTIFY",
    "plainPassword": "PLAIN_PASSWORD",
    "plainServer": "PLAIN_SERVER",
    "plainUsername": "PLAIN_USERNAME",
    "probeRouter": "PROBE_ROUTER",
    "receiveBufferSize": "RCVBUF",
    "receiveHighWaterMark": "RCVHWM",
    "receiveTimeout": "RCVTIMEO",
    "reconnectInterval": "RECONNECT_IVL",
    "reconnectMaxInterval": "RECONNECT_IVL_MAX",
    "relaxed": "REQ_RELAXED",
    "routingId": "ROUTING_ID",
    "sendBufferSize": "SNDBUF",
    "sendHighWaterMark": "SNDHWM",
    "sendTimeout": "SNDTIMEO",
    "socksProxy": "SOCKS_PROXY",
    "tcpKeepalive": "TCP_KEEPALIVE",
    "tcpKeepaliveCount": "TCP_KEEPALIVE_CNT",
    "tcpKeepaliveIdle": "TCP_KEEPALIVE_IDLE",
    "tcpKeepaliveInterval": "TCP_KEEPALIVE_INTVL",
    "tcpMaxRetransmitTimeout": "TCP_MAXRT",
    "typeOfService": "TOS",
    "welcomeMessage": "XPUB_WELCOME_MSG",
    "zapDomain": "ZAP_DOMAIN",
    "zapEnforceDomain": "ZAP_ENFORCE_DOMAIN",
}

EVENTS = {
    "CONNECTED": "connect",
    "CONNECT_DELAYED": "connect:delay",
    "CONNECT_RETRIED": "connect:retry",
    "LISTENING": "bind",
    "BIND_FAILED": "bind:error",
    "ACCEPTED": "accept",
    "ACCEPT_FAILED": "accept:error",
    "CLOSED": "close",
    "CLOSE_FAILED": "close:error",
    "DISCONNECTED": "disconnect",
    "HANDSHAKE_SUCCEEDED": "handshake",
    "HANDSHAKE_FAILED_NO_DETAIL": "handshake:error:other",
    "HANDSHAKE_FAILED_PROTOCOL": "handshake:error:protocol",
    "HANDSHAKE_FAILED_AUTH": "handshake:error:auth",
    "MONITOR_STOPPED": "end",
}

_EVENT_NAMES = {getattr(zmq, f"EVENT_{name}"): ours for name, ours in EVENTS.items()}
_PROTOCOL_ERRORS = {
    int(getattr(zmq, name)): name[len("PROTOCOL_ERROR_") :] for name in dir(zmq) if name.startswith("PROTOCOL_ERROR_")
}
_STATUSES = {300: "Temporary error", 400: "Authentication failure", 500: "Internal error"}


class Unsupported(Exception):
    """What this library does not have."""


def open_socket(context: zmq.asyncio.Context, kind: str, options: Mapping[str, Any]) -> zmq.asyncio.Socket:
    if kind not in TYPES:
        raise Unsupported(f"pyzmq without drafts has no {kind}")
    socket = context.socket(getattr(zmq, kind.upper()))
    try:
        for name, value in options.items():
            _set(socket, name, value)
    except Exception:
        socket.close(linger=0)
        raise
    return socket


def _set(socket: zmq.asyncio.Socket, name: str, value: Any) -> None:
    if name not in OPTIONS:
        raise Unsupported(f"this peer has no option {name}")
    if value is None:
        return
    socket.set(getattr(zmq, OPTIONS[name]), value.encode() if isinstance(value, str) else int(value))


def last_endpoint(socket: zmq.asyncio.Socket) -> str:
    return socket.get(zmq.LAST_ENDPOINT).rstrip(b"\0").decode()


async def subscribe(socket: zmq.asyncio.Socket, prefixes: List[str]) -> None:
    """An XSUB sends its subscriptions itself (29/PUBSUB)."""
    for prefix in prefixes:
        if socket.type == zmq.XSUB:
            await socket.send(b"\x01" + prefix.encode())
        else:
            socket.subscribe(prefix)


async def unsubscribe(socket: zmq.asyncio.Socket, prefixes: List[str]) -> None:
    for prefix in prefixes:
        if socket.type == zmq.XSUB:
            await socket.send(b"\x00" + prefix.encode())
        else:
            socket.unsubscribe(prefix)


async def events_of(socket: zmq.asyncio.Socket) -> AsyncIterator[Dict[str, Any]]:
    """What `zmq_socket_monitor` tells, in the native package's words, until the socket closes."""
    monitor = socket.get_monitor_socket()
    try:
        while True:
            notice, address = await monitor.recv_multipart()
            event, value = struct.unpack("=Hi", notice)
            kind = _EVENT_NAMES.get(event)
            if kind is None:
                continue
            yield {"type": kind, **({"address": address.decode()} if address else {}), **_error(kind, value)}
            if kind == "end":
                return
    finally:
        monitor.close(linger=0)


def _error(kind: str, value: int) -> Dict[str, Any]:
    if kind == "handshake:error:auth":
        return {"error": {"message": _STATUSES.get(value, "Unknown error"), "status": value}}
    if kind == "handshake:error:protocol":
        name = _PROTOCOL_ERRORS.get(value, "UNKNOWN")
        return {"error": {"message": f"{name.split('_')[0]} protocol error", "code": f"ERR_{name}"}}
    if "error" in kind:
        return {"error": {"message": os.strerror(value), "code": code_of(value)}}
    return {}


def code_of(errno: int) -> str:
    try:
        return zmq.Errno(errno).name
    except ValueError:
        return str(errno)
