/*
 * One end of a flow on libzmq from C, in a process of its own; control.ts tells the lines that it speaks. It is as fast
 * as its author could make it with default options: small messages are copied, as zmq_send does, large ones go out from
 * where they lie; what arrives is looked at in place. It checks what the other sides check.
 *
 *     cc -O2 libzmq.c -o libzmq -lzmq && ./libzmq push|pull|dealer|router|request|reply
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <zmq.h>

/* From this size on a copy costs more than the bookkeeping that spares it. */
enum { LARGE = 1024, RING_BYTES = 1 << 20 };

static void *context, *sock;
static unsigned char **ring;
static size_t ring_length, ring_size;

static void fail (const char *what)
{
    printf ("error %s: %s\n", what, zmq_strerror (zmq_errno ()));
    fflush (stdout);
    exit (1);
}

static int64_t now (void)
{
    struct timespec t;
    clock_gettime (CLOCK_MONOTONIC, &t);
    return (int64_t) t.tv_sec * 1000000000 + t.tv_nsec;
}

/* The same messages as messages.ts makes: their place in the ring first, as far as it fits. */
static void make_ring (size_t size)
{
    static const size_t lengths[] = {251, 101, 11};
    if (ring && ring_size == size)
        return;
    ring_length = 11;
    for (size_t i = 0; i < 3; i++) {
        if (lengths[i] * size <= RING_BYTES) {
            ring_length = lengths[i];
            break;
        }
    }
    ring = malloc (ring_length * sizeof *ring);
    ring_size = size;
    for (uint32_t place = 0; place < ring_length; place++) {
        ring[place] = malloc (size + 4);
        for (size_t at = 0; at < size; at++)
            ring[place][at] = (unsigned char) (place * 31 + at * 7);
        for (size_t at = 0; at < 4 && at < size; at++)
            ring[place][at] = (unsigned char) (place >> (8 * at));
    }
}

static void send_one (const unsigned char *bytes, size_t size)
{
    if (size < LARGE) {
        if (zmq_send (sock, bytes, size, 0) < 0)
            fail ("send");
        return;
    }
    zmq_msg_t message;
    zmq_msg_init_data (&message, (void *) bytes, size, NULL, NULL);
    if (zmq_msg_send (&message, sock, 0) < 0)
        fail ("send");
}

static void check (zmq_msg_t *message, const unsigned char *expected, size_t size, int all)
{
    const unsigned char *found = zmq_msg_data (message);
    if (zmq_msg_size (message) != size || zmq_msg_more (message) || found[0] != expected[0]
        || found[size - 1] != expected[size - 1] || (all && memcmp (found, expected, size) != 0)) {
        printf ("error a message is not what was sent\n");
        fflush (stdout);
        exit (1);
    }
}

static void send_all (size_t size, size_t count)
{
    for (size_t at = 0; at < count;)
        for (size_t place = 0; place < ring_length && at < count; place++, at++)
            send_one (ring[place], size);
    printf ("done\n");
}

/* With an envelope each message comes behind the routing id of its sender. */
static void receive_all (size_t size, size_t count, int all, int envelope)
{
    int64_t first = 0;
    zmq_msg_t message;
    zmq_msg_init (&message);
    for (size_t at = 0; at < count;) {
        for (size_t place = 0; place < ring_length && at < count; place++, at++) {
            if (envelope && zmq_msg_recv (&message, sock, 0) < 0)
                fail ("receive");
            if (zmq_msg_recv (&message, sock, 0) < 0)
                fail ("receive");
            if (at == 0)
                first = now ();
            check (&message, ring[place], size, all || at == count - 1);
        }
    }
    zmq_msg_close (&message);
    printf ("done %lld\n", (long long) (now () - first));
}

static int by_value (const void *a, const void *b)
{
    const double x = *(const double *) a, y = *(const double *) b;
    return (x > y) - (x < y);
}

/* Median, 99th percentile, least, most, sum, 99.9th percentile, as latency.ts. */
static void request_all (size_t size, size_t count, int all)
{
    double *took = malloc (count * sizeof *took), sum = 0;
    zmq_msg_t reply;
    zmq_msg_init (&reply);
    for (size_t at = 0; at < count;) {
        for (size_t place = 0; place < ring_length && at < count; place++, at++) {
            const int64_t start = now ();
            send_one (ring[place], size);
            if (zmq_msg_recv (&reply, sock, 0) < 0)
                fail ("receive");
            took[at] = (double) (now () - start);
            sum += took[at];
            check (&reply, ring[place], size, all || at == count - 1);
        }
    }
    zmq_msg_close (&reply);
    qsort (took, count, sizeof *took, by_value);
    const size_t last = count - 1;
    printf ("done %.0f %.0f %.0f %.0f %.0f %.0f\n", took[(size_t) (last * 0.5)], took[(size_t) (last * 0.99)],
            took[0], took[last], sum, took[(size_t) (last * 0.999)]);
    free (took);
}

static void reply_all (size_t count)
{
    for (size_t at = 0; at < count; at++) {
        zmq_msg_t message;
        zmq_msg_init (&message);
        if (zmq_msg_recv (&message, sock, 0) < 0)
            fail ("receive");
        if (zmq_msg_send (&message, sock, 0) < 0)
            fail ("send");
    }
    printf ("done\n");
}

static void run (const char *role, size_t size, size_t count, int all)
{
    make_ring (size);
    printf ("ready\n");
    fflush (stdout);
    if (strcmp (role, "push") == 0 || strcmp (role, "dealer") == 0)
        send_all (size, count);
    else if (strcmp (role, "pull") == 0)
        receive_all (size, count, all, 0);
    else if (strcmp (role, "router") == 0)
        receive_all (size, count, all, 1);
    else if (strcmp (role, "request") == 0)
        request_all (size, count, all);
    else
        reply_all (count);
}

static int type_of (const char *role)
{
    static const struct {
        const char *role;
        int type;
    } types[] = {{"push", ZMQ_PUSH}, {"pull", ZMQ_PULL}, {"dealer", ZMQ_DEALER}, {"router", ZMQ_ROUTER},
                 {"request", ZMQ_REQ}, {"reply", ZMQ_REP}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp (types[i].role, role) == 0)
            return types[i].type;
    fprintf (stderr, "no such end: %s\n", role);
    exit (2);
}

int main (int argc, char **argv)
{
    const char *role = argc > 1 ? argv[1] : "";
    context = zmq_ctx_new ();
    sock = zmq_socket (context, type_of (role));

    char line[512], word[256];
    while (fgets (line, sizeof line, stdin)) {
        size_t size, count;
        if (sscanf (line, "bind %255s", word) == 1) {
            char endpoint[256];
            size_t length = sizeof endpoint;
            if (zmq_bind (sock, word) < 0)
                fail ("bind");
            zmq_getsockopt (sock, ZMQ_LAST_ENDPOINT, endpoint, &length);
            printf ("endpoint %s\n", endpoint);
        } else if (sscanf (line, "connect %255s", word) == 1) {
            if (zmq_connect (sock, word) < 0)
                fail ("connect");
            printf ("connected\n");
        } else if (sscanf (line, "run %zu %zu %255s", &size, &count, word) == 3) {
            run (role, size, count, strcmp (word, "all") == 0);
        } else if (strncmp (line, "cpu", 3) == 0) {
            struct rusage used;
            getrusage (RUSAGE_SELF, &used);
            printf ("cpu %lld\n", (long long) (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000
                                      + used.ru_utime.tv_usec + used.ru_stime.tv_usec);
        } else {
            printf ("error unknown command: %s", line);
            return 1;
        }
        fflush (stdout);
    }
    const int linger = 0;
    zmq_setsockopt (sock, ZMQ_LINGER, &linger, sizeof linger);
    zmq_close (sock);
    zmq_ctx_term (context);
    return 0;
}
