/* Questions and answers: one socket that asks or many at once, and what answers them. */
#include <sys/resource.h>
#include "end.h"

#ifdef __linux__
#include <unistd.h>
#endif

static int by_value (const void *a, const void *b)
{
    const double x = *(const double *) a, y = *(const double *) b;
    return (x > y) - (x < y);
}

/* Median, 99th percentile, least, most, sum, 99.9th percentile, as latency.ts. */
static void request_all (const struct run *run)
{
    const struct ring *ring = ring_of (run->size);
    double *took = malloc (run->count * sizeof *took), sum = 0;
    zmq_msg_t reply;
    zmq_msg_init (&reply);
    for (size_t at = 0; at < run->count;) {
        for (size_t place = 0; place < ring->length && at < run->count; place++, at++) {
            const int64_t start = now ();
            send_one (sockets[0], ring->messages[place], run->size);
            receive_one (sockets[0], &reply);
            took[at] = (double) (now () - start);
            sum += took[at];
            check (&reply, ring->messages[place], run->size, run->all || at == run->count - 1);
        }
    }
    zmq_msg_close (&reply);
    qsort (took, run->count, sizeof *took, by_value);
    const size_t last = run->count - 1;
    printf ("done %.0f %.0f %.0f %.0f %.0f %.0f\n", took[(size_t) (last * 0.5)], took[(size_t) (last * 0.99)],
            took[0], took[last], sum, took[(size_t) (last * 0.999)]);
    free (took);
}

static char later[256];

static void connect_later (const char *endpoint)
{
    snprintf (later, sizeof later, "%s", endpoint);
}

/*
 * Each socket has one question under way. They are gone round in order, and each asks again as soon as it has its answer:
 * while one is waited for those of the others arrive, which is cheaper than to poll for whichever is next.
 */
static void request_many (const struct run *run)
{
    const struct ring *ring = ring_of (run->size);
    const int64_t start = now ();
    zmq_msg_t reply;
    zmq_msg_init (&reply);
    if (later[0])
        for (size_t i = 0; i < socket_count; i++)
            connect_to (sockets[i], later);
    later[0] = 0;
    for (size_t i = 0; i < socket_count; i++)
        send_one (sockets[i], ring->messages[0], run->size);
    for (size_t at = 0; at < run->count; at++) {
        const unsigned char *asked = ring->messages[at % ring->length];
        const unsigned char *next = ring->messages[(at + 1) % ring->length];
        const int last = at == run->count - 1;
        for (size_t i = 0; i < socket_count; i++) {
            receive_one (sockets[i], &reply);
            check (&reply, asked, run->size, run->all || last);
            if (!last)
                send_one (sockets[i], next, run->size);
        }
    }
    zmq_msg_close (&reply);
    printf ("done %lld\n", (long long) (now () - start));
}

/* Sends back whatever comes, part by part. */
static void answer_all (const struct run *run)
{
    zmq_msg_t message;
    zmq_msg_init (&message);
    for (size_t at = 0; at < run->count * peers;) {
        receive_one (sockets[0], &message);
        const int more = zmq_msg_more (&message);
        if (zmq_msg_send (&message, sockets[0], more ? ZMQ_SNDMORE : 0) < 0)
            fail ("send");
        at += !more;
    }
    zmq_msg_close (&message);
}

static void reply_all (const struct run *run)
{
    answer_all (run);
    printf ("done\n");
}

/* The memory that the process holds (RSS), in bytes; elsewhere than on Linux the most that it has held. */
static long long memory (void)
{
#ifdef __linux__
    long pages = 0;
    FILE *file = fopen ("/proc/self/statm", "r");
    if (!file || fscanf (file, "%*d %ld", &pages) != 1)
        fail ("statm");
    fclose (file);
    return (long long) pages * sysconf (_SC_PAGESIZE);
#else
    struct rusage used;
    getrusage (RUSAGE_SELF, &used);
    return (long long) used.ru_maxrss;
#endif
}

/* With the default of 100 the system would turn most of so many away for a second or more. */
static void widen_backlog (void)
{
    const int backlog = (int) peers;
    zmq_setsockopt (sockets[0], ZMQ_BACKLOG, &backlog, sizeof backlog);
}

static void echo_all (const struct run *run)
{
    const long long before = memory ();
    answer_all (run);
    printf ("done %lld\n", memory () - before);
}

const struct role request_roles[] = {
    {"request", ZMQ_REQ, 0, request_all, NULL, NULL, NULL},
    {"reply", ZMQ_REP, 0, reply_all, NULL, NULL, NULL},
    {"requesters", ZMQ_REQ, 1, request_many, NULL, NULL, connect_later},
    {"dealers", ZMQ_DEALER, 1, request_many, NULL, NULL, connect_later},
    {"echo", ZMQ_ROUTER, 0, echo_all, widen_backlog, NULL, NULL},
    {NULL},
};
