/*
 * A publisher and its subscribers: many subscribers of everything, or one with many topics, of which half of what is
 * published matches one.
 */
#include "end.h"

/* Sends nothing before it has heard of so many subscriptions. The send of a publisher that drops nothing waits. */
static void await_subscriptions (size_t expected)
{
    static size_t subscribed;
    zmq_msg_t message;
    zmq_msg_init (&message);
    for (; subscribed < expected; subscribed++)
        receive_one (sockets[0], &message);
    zmq_msg_close (&message);
}

static void drop_nothing (void)
{
    const int yes = 1;
    zmq_setsockopt (sockets[0], ZMQ_XPUB_NODROP, &yes, sizeof yes);
    zmq_setsockopt (sockets[0], ZMQ_XPUB_VERBOSE, &yes, sizeof yes);
}

static void publish_all (const struct run *run)
{
    const struct ring *ring = ring_of (run->size);
    await_subscriptions (peers);
    for (size_t at = 0; at < run->count;)
        for (size_t place = 0; place < ring->length && at < run->count; place++, at++)
            send_one (sockets[0], ring->messages[place], run->size);
    printf ("done\n");
}

/* Until so many have matched: those at even places do. */
static void publish_topics (const struct run *run)
{
    const struct ring *ring = topic_ring (run->size);
    await_subscriptions (topics);
    for (size_t matched = 0; matched < run->count;)
        for (size_t place = 0; place < ring->length && matched < run->count; place++) {
            send_one (sockets[0], ring->messages[place], run->size);
            matched += place % 2 == 0;
        }
    printf ("done\n");
}

static void connect_subscribers (const char *endpoint)
{
    for (size_t i = 0; i < socket_count; i++) {
        connect_to (sockets[i], endpoint);
        zmq_setsockopt (sockets[i], ZMQ_SUBSCRIBE, "", 0);
    }
}

/* From one socket after the other so many at a time, fewer than what its queue takes while others are read. */
static void receive_many (const struct run *run)
{
    enum { AT_ONCE = 64 };
    const struct ring *ring = ring_of (run->size);
    int64_t first = 0;
    zmq_msg_t message;
    zmq_msg_init (&message);
    for (size_t from = 0; from < run->count; from += AT_ONCE) {
        const size_t to = from + AT_ONCE < run->count ? from + AT_ONCE : run->count;
        for (size_t i = 0; i < socket_count; i++) {
            for (size_t at = from, place = from % ring->length; at < to; at++) {
                receive_one (sockets[i], &message);
                if (!first)
                    first = now ();
                check (&message, ring->messages[place], run->size, run->all || at == run->count - 1);
                if (++place == ring->length)
                    place = 0;
            }
        }
    }
    zmq_msg_close (&message);
    printf ("done %lld\n", (long long) (now () - first));
}

static void connect_topics (const char *endpoint)
{
    /* Subscriptions are messages to the publisher, and those beyond the high-water mark would be dropped. */
    const int unlimited = 0;
    zmq_setsockopt (sockets[0], ZMQ_SNDHWM, &unlimited, sizeof unlimited);
    connect_to (sockets[0], endpoint);
    for (size_t i = 0; i < topics; i++) {
        unsigned char topic[TOPIC];
        topic_of ((uint32_t) i, topic);
        zmq_setsockopt (sockets[0], ZMQ_SUBSCRIBE, topic, sizeof topic);
    }
}

static void receive_topics (const struct run *run)
{
    receive_ring (run, topic_ring (run->size), 2, 0);
}

const struct role publish_roles[] = {
    {"publish", ZMQ_XPUB, 0, publish_all, drop_nothing, NULL, NULL},
    {"subscribers", ZMQ_SUB, 1, receive_many, NULL, NULL, connect_subscribers},
    {"publish-topics", ZMQ_XPUB, 0, publish_topics, drop_nothing, NULL, NULL},
    {"subscribe-topics", ZMQ_SUB, 0, receive_topics, NULL, NULL, connect_topics},
    {NULL},
};
