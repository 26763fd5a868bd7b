/* What all roles of the program share: what they are told, their sockets, and the messages. */
#ifndef END_H
#define END_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

struct run {
    size_t size, count;
    /* Whether every byte of what arrives is looked at. */
    int all;
};

/* Messages of one size that are sent round and round. */
struct ring {
    unsigned char **messages;
    size_t length, size;
};

struct role {
    const char *name;
    int type;
    /* Whether it has as many sockets as the flow, or one. */
    int many;
    void (*run) (const struct run *run);
    /* What it does before anything else, and once it is bound, and instead of connecting its only socket. */
    void (*prepare) (void);
    void (*bound) (const char *endpoint);
    void (*connect) (const char *endpoint);
};

extern const struct role stream_roles[], request_roles[], publish_roles[];

extern void **sockets;
/* How many of them this process has; how many the flow has at its many-sided end; topics of a subscriber. */
extern size_t socket_count, peers, topics;
/* A thread that works beside the main one. */
extern void *thread;

/* Of what is opened here, main closes everything. */
void *open_socket (int type);
void connect_to (void *socket, const char *endpoint);

/* messages.c */
enum { TOPIC = 10 };
const struct ring *ring_of (size_t size);
const struct ring *topic_ring (size_t size);
void topic_of (uint32_t index, unsigned char *topic);

/*
 * Receives every so manieth message of a ring and tells how long that took. With an envelope each comes behind the routing
 * id of its sender.
 */
void receive_ring (const struct run *run, const struct ring *ring, size_t step, int envelope);

int64_t now (void);
void fail (const char *what);
void wrong (void);

/* From this size on a copy costs more than the bookkeeping that spares it. */
enum { LARGE = 1024 };

static inline void send_one (void *to, const unsigned char *bytes, size_t size)
{
    if (size < LARGE) {
        if (zmq_send (to, bytes, size, 0) < 0)
            fail ("send");
        return;
    }
    zmq_msg_t message;
    zmq_msg_init_data (&message, (void *) bytes, size, NULL, NULL);
    if (zmq_msg_send (&message, to, 0) < 0)
        fail ("send");
}

static inline void receive_one (void *from, zmq_msg_t *message)
{
    if (zmq_msg_recv (message, from, 0) < 0)
        fail ("receive");
}

static inline void check (zmq_msg_t *message, const unsigned char *expected, size_t size, int all)
{
    const unsigned char *found = zmq_msg_data (message);
    if (zmq_msg_size (message) != size || zmq_msg_more (message) || found[0] != expected[0]
        || found[size - 1] != expected[size - 1] || (all && memcmp (found, expected, size) != 0))
        wrong ();
}

#endif
