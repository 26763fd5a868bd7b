/* The messages, which are those that messages.ts makes; the clock; and how the runner hears what went wrong. */
#include <time.h>
#include "end.h"

enum { RING_BYTES = 1 << 20, TOPIC_RING = 4093 };

void fail (const char *what)
{
    printf ("error %s: %s\n", what, zmq_strerror (zmq_errno ()));
    fflush (stdout);
    exit (1);
}

void wrong (void)
{
    printf ("error a message is not what was sent\n");
    fflush (stdout);
    exit (1);
}

int64_t now (void)
{
    struct timespec t;
    clock_gettime (CLOCK_MONOTONIC, &t);
    return (int64_t) t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Rings are kept: a library may still be reading a large message from one. */
static struct ring *make_ring (size_t length, size_t size)
{
    struct ring *ring = malloc (sizeof *ring);
    ring->messages = malloc (length * sizeof *ring->messages);
    ring->length = length;
    ring->size = size;
    for (size_t place = 0; place < length; place++) {
        ring->messages[place] = malloc (size + 4);
        for (size_t at = 0; at < size; at++)
            ring->messages[place][at] = (unsigned char) (place * 31 + at * 7);
    }
    return ring;
}

/* Their place in the ring comes first, as far as it fits. */
const struct ring *ring_of (size_t size)
{
    static const size_t lengths[] = {251, 101, 11};
    static struct ring *ring;
    if (ring && ring->size == size)
        return ring;
    size_t length = 11;
    for (size_t i = 3; i-- > 0;)
        if (lengths[i] * size <= RING_BYTES)
            length = lengths[i];
    ring = make_ring (length, size);
    for (size_t place = 0; place < length; place++)
        for (size_t at = 0; at < 4 && at < size; at++)
            ring->messages[place][at] = (unsigned char) (place >> (8 * at));
    return ring;
}

void topic_of (uint32_t index, unsigned char *topic)
{
    uint32_t number = index * 2654435761u;
    for (int at = TOPIC; at-- > 0; number /= 10)
        topic[at] = (unsigned char) ('0' + number % 10);
}

/* At even places one of the topics, at odd ones a topic that nobody subscribed to. */
const struct ring *topic_ring (size_t size)
{
    static struct ring *ring;
    if (ring && ring->size == size)
        return ring;
    ring = make_ring (TOPIC_RING, size);
    for (size_t place = 0; place < TOPIC_RING; place++) {
        size_t index = place * topics / TOPIC_RING;
        topic_of ((uint32_t) (place % 2 == 0 ? index : index + topics), ring->messages[place]);
    }
    return ring;
}
