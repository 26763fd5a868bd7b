"""A peer on pyzmq: reads tasks from stdin, one JSON object a line, and writes answers to stdout, as ../README.md tells.
It ends when its stdin does."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any, Dict

LIBRARY = "pyzmq"
LONGEST_LINE = 1 << 30


def write(line: Dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


try:
    import zmq
    import zmq.asyncio
except ImportError as absence:
    write({"event": "absent", "library": LIBRARY, "reason": str(absence)})
    sys.exit()

from sockets import Unsupported, code_of  # noqa: E402
from tasks import Host  # noqa: E402


async def perform(host: Host, id: int, task: str, **fields: Any) -> None:
    try:
        write({"id": id, "ok": await host.call(task, fields)})
    except zmq.ZMQError as error:
        write({"id": id, "error": {"message": error.strerror, "code": code_of(error.errno)}})
    except Unsupported as error:
        write({"id": id, "error": {"message": str(error), "code": "ENOTSUP"}})
    except asyncio.CancelledError:
        write({"id": id, "error": {"message": "the socket was closed", "code": "ENOTSOCK"}})
    except Exception as error:
        write({"id": id, "error": {"message": f"{type(error).__name__}: {error}"}})


async def main() -> None:
    lines = asyncio.StreamReader(limit=LONGEST_LINE)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    host = Host(write)
    running = set()
    write({"event": "ready", "library": LIBRARY, "version": f"{zmq.__version__} (libzmq {zmq.zmq_version()})"})
    async for line in lines:
        task = asyncio.ensure_future(perform(host, **json.loads(line)))
        running.add(task)
        task.add_done_callback(running.discard)
    # Messages and pending receives would hold the process; nobody is left to want them.
    os._exit(0)


asyncio.run(main())
