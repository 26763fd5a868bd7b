/* Messages in one direction: between two processes, between two threads, and through a proxy. */
#include "end.h"

static void send_ring (void *to, const struct run *run)
{
    const struct ring *ring = ring_of (run->size);
    for (size_t at = 0; at < run->count;)
        for (size_t place = 0; place < ring->length && at < run->count; place++, at++)
            send_one (to, ring->messages[place], run->size);
}

void receive_ring (const struct run *run, const struct ring *ring, size_t step, int envelope)
{
    int64_t first = 0;
    zmq_msg_t message;
    zmq_msg_init (&message);
    for (size_t at = 0; at < run->count;) {
        for (size_t place = 0; place < ring->length && at < run->count; place += step, at++) {
            if (envelope)
                receive_one (sockets[0], &message);
            receive_one (sockets[0], &message);
            if (at == 0)
                first = now ();
            check (&message, ring->messages[place], run->size, run->all || at == run->count - 1);
        }
    }
    zmq_msg_close (&message);
    printf ("done %lld\n", (long long) (now () - first));
}

static void send_all (const struct run *run)
{
    send_ring (sockets[0], run);
    printf ("done\n");
}

static void receive_all (const struct run *run)
{
    receive_ring (run, ring_of (run->size), 1, 0);
}

static void receive_enveloped (const struct run *run)
{
    receive_ring (run, ring_of (run->size), 1, 1);
}

/* The PUSH beside the PULL, of an end that is alone or of a proxy. */
static void *push;

static void connect_push (const char *endpoint)
{
    push = open_socket (ZMQ_PUSH);
    connect_to (push, endpoint);
}

static void send_from_thread (void *run)
{
    send_ring (push, run);
}

/* A thread for each end, since that is what inproc is for in C. */
static void alone_all (const struct run *run)
{
    ring_of (run->size);
    void *sender = zmq_threadstart (send_from_thread, (void *) run);
    receive_ring (run, ring_of (run->size), 1, 0);
    zmq_threadclose (sender);
}

static void pass_on (void *unused)
{
    (void) unused;
    zmq_proxy (sockets[0], push, NULL);
}

static void start_proxy (const char *endpoint)
{
    (void) endpoint;
    thread = zmq_threadstart (pass_on, NULL);
}

static void refuse (const struct run *run)
{
    (void) run;
    fail ("a proxy passes on what comes, unasked");
}

const struct role stream_roles[] = {
    {"push", ZMQ_PUSH, 0, send_all, NULL, NULL, NULL},
    {"pull", ZMQ_PULL, 0, receive_all, NULL, NULL, NULL},
    {"dealer", ZMQ_DEALER, 0, send_all, NULL, NULL, NULL},
    {"router", ZMQ_ROUTER, 0, receive_enveloped, NULL, NULL, NULL},
    {"alone", ZMQ_PULL, 0, alone_all, NULL, connect_push, NULL},
    {"proxy", ZMQ_PULL, 0, refuse, NULL, start_proxy, connect_push},
    {NULL},
};
