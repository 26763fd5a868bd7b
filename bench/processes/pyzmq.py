"""One end of a flow on pyzmq, in a process of its own; control.ts tells the lines that it speaks.

It sends and receives by the plain, blocking calls with default options, and checks what the other sides check.

    python3 pyzmq.py push|pull|request|reply
"""

import sys
import time

import zmq

RING_BYTES = 1 << 20


def ring_of(size):
    """The same messages as messages.ts makes: their place in the ring first, as far as it fits."""
    length = next((length for length in (251, 101, 11) if length * size <= RING_BYTES), 11)

    def message(place):
        body = bytes((place * 31 + at * 7) & 0xFF for at in range(256)) * (size // 256 + 1)
        return (place.to_bytes(4, "little") + body[4:])[:size]

    return [message(place) for place in range(length)]


def check(found, expected, every_byte):
    if (
        len(found) != len(expected)
        or found[0] != expected[0]
        or found[-1] != expected[-1]
        or (every_byte and found != expected)
    ):
        raise ValueError("a message is not what was sent")


def push(socket, ring, count, every_byte):
    send = socket.send
    for at in range(count):
        send(ring[at % len(ring)])
    return []


def pull(socket, ring, count, every_byte):
    receive = socket.recv
    first = 0
    for at in range(count):
        found = receive()
        if at == 0:
            first = time.monotonic_ns()
        check(found, ring[at % len(ring)], every_byte or at == count - 1)
    return [time.monotonic_ns() - first]


def request(socket, ring, count, every_byte):
    took = []
    for at in range(count):
        message = ring[at % len(ring)]
        start = time.perf_counter_ns()
        socket.send(message)
        found = socket.recv()
        took.append(time.perf_counter_ns() - start)
        check(found, message, every_byte or at == count - 1)
    took.sort()
    # Median, 99th percentile, least, most, sum, 99.9th percentile, as latency.ts.
    last = count - 1
    return [took[last // 2], took[int(last * 0.99)], took[0], took[last], sum(took), took[int(last * 0.999)]]


def reply(socket, ring, count, every_byte):
    for _ in range(count):
        socket.send(socket.recv())
    return []


ROLES = {
    "push": (zmq.PUSH, push),
    "pull": (zmq.PULL, pull),
    "request": (zmq.REQ, request),
    "reply": (zmq.REP, reply),
}


def say(*words):
    print(*words, flush=True)


def serve(role):
    context = zmq.Context()
    type_of_socket, play = ROLES[role]
    socket = context.socket(type_of_socket)
    socket.linger = 0
    rings = {}
    for line in sys.stdin:
        command, *words = line.split()
        if command == "bind":
            socket.bind(words[0])
            say("endpoint", socket.last_endpoint.decode())
        elif command == "connect":
            socket.connect(words[0])
            say("connected")
        elif command == "run":
            size, count = int(words[0]), int(words[1])
            if size not in rings:
                rings[size] = ring_of(size)
            say("ready")
            say("done", *play(socket, rings[size], count, words[2] == "all"))
        elif command == "cpu":
            say("cpu", time.process_time_ns() // 1000)
        else:
            raise ValueError("unknown command: " + line)
    context.destroy()


try:
    serve(sys.argv[1])
except Exception as error:
    say("error", error)
    sys.exit(1)
