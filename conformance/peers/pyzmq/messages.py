"""The messages of the conformance suite, made from a seed as README.md tells. Nothing here knows sockets."""

from __future__ import annotations

import hashlib
import struct
import sys
from array import array
from typing import Any, Dict, List, Optional, Sequence

Message = List[bytes]
Stream = Dict[str, Any]

WORD = 0xFFFFFFFF
MEBIBYTE = 1_048_576
BORDERS = (254, 255, 256, 257, 65_534, 65_535, 65_536, 65_537)


def _first_state(seed: int, index: int) -> int:
    h = (seed + (index + 1) * 0x9E3779B9) & WORD
    h = ((h ^ h >> 16) * 0x85EBCA6B) & WORD
    h = ((h ^ h >> 13) * 0xC2B2AE35) & WORD
    return (h ^ h >> 16) or 1


class _Random:
    """Marsaglia's xorshift32."""

    def __init__(self, state: int) -> None:
        self._state = state

    def below(self, limit: int) -> int:
        return self._words(1)[0] % limit

    def bytes(self, length: int) -> bytes:
        words = self._words((length + 3) // 4)
        if sys.byteorder == "big":
            words.byteswap()
        return words.tobytes()[:length]

    def _words(self, count: int) -> array[int]:
        h = self._state
        words = array("I", bytes(4 * count))
        for i in range(count):
            h ^= h << 13 & WORD
            h ^= h >> 17
            h ^= h << 5 & WORD
            words[i] = h
        self._state = h
        return words


def _part_length(random: _Random) -> int:
    dice = random.below(100)
    if dice < 10:
        return 0
    if dice < 80:
        return random.below(64)
    if dice < 95:
        return random.below(1024)
    return BORDERS[random.below(4) + (0 if dice < 99 else 4)]


def topic_of(stream: Stream, index: int) -> Optional[str]:
    topics: Sequence[str] = stream.get("topics") or ()
    return topics[index % len(topics)] if topics else None


def message_of(stream: Stream, index: int) -> Message:
    random = _Random(_first_state(stream["seed"], index))
    topic = topic_of(stream, index)
    head = [] if topic is None else [topic.encode()]
    every = stream.get("largeEvery") or 0
    large = every > 0 and (index + 1) % every == 0
    parts = []
    for i in range(1 + random.below(4)):
        first = large and i == 0
        length = MEBIBYTE + random.below(4 * MEBIBYTE) if first else _part_length(random)
        parts.append(random.bytes(length))
    return head + ([b"".join(parts)] if stream.get("single") else parts)


def difference(received: Message, expected: Message) -> Optional[str]:
    """What is wrong with a received message; None when it is the expected one."""
    if len(received) != len(expected):
        return f"has {len(received)} parts, not {len(expected)}"
    for i, (was, should) in enumerate(zip(received, expected)):
        if len(was) != len(should):
            return f"part {i} has {len(was)} bytes, not {len(should)}"
        if was != should:
            return f"part {i} ({len(should)} bytes) has other bytes"
    return None


def digest_of(stream: Stream, first: int, count: int) -> str:
    sha256 = hashlib.sha256()
    for index in range(first, first + count):
        parts = message_of(stream, index)
        sha256.update(struct.pack(">I", len(parts)))
        for part in parts:
            sha256.update(struct.pack(">I", len(part)) + part)
    return sha256.hexdigest()
