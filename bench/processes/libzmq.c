/*
 * One end of a flow on libzmq from C, in a process of its own; control.ts tells the lines that it speaks. It is as fast
 * as its author could make it with default options: small messages are copied, as zmq_send does, large ones go out from
 * where they lie; what arrives is looked at in place. It checks what the other sides check. What the roles do is in
 * libzmq/.
 *
 *     cc -O2 libzmq.c libzmq/[a-z]*.c -o libzmq -lzmq && ./libzmq <role> [<sockets> [<topics>]]
 */
#include <sys/resource.h>
#include "libzmq/end.h"

void **sockets, *thread;
size_t socket_count, peers, topics;

static void *context, **opened;
static size_t opened_count;

void *open_socket (int type)
{
    void *socket = zmq_socket (context, type);
    if (!socket)
        fail ("socket");
    opened = realloc (opened, (opened_count + 1) * sizeof *opened);
    opened[opened_count++] = socket;
    return socket;
}

void connect_to (void *socket, const char *endpoint)
{
    if (zmq_connect (socket, endpoint) < 0)
        fail ("connect");
}

static void bind_role (const struct role *role, const char *wanted)
{
    char endpoint[256];
    size_t length = sizeof endpoint;
    if (zmq_bind (sockets[0], wanted) < 0)
        fail ("bind");
    zmq_getsockopt (sockets[0], ZMQ_LAST_ENDPOINT, endpoint, &length);
    if (role->bound)
        role->bound (endpoint);
    printf ("endpoint %s\n", endpoint);
}

static void connect_role (const struct role *role, const char *endpoint)
{
    if (role->connect)
        role->connect (endpoint);
    else
        connect_to (sockets[0], endpoint);
    printf ("connected\n");
}

static void run_role (const struct role *role, const struct run *run)
{
    printf ("ready\n");
    fflush (stdout);
    role->run (run);
}

static void tell_cpu (void)
{
    struct rusage used;
    getrusage (RUSAGE_SELF, &used);
    printf ("cpu %lld\n", (long long) (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000
                              + used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

static void obey (const struct role *role, const char *line)
{
    char word[256];
    struct run run;
    if (sscanf (line, "bind %255s", word) == 1)
        bind_role (role, word);
    else if (sscanf (line, "connect %255s", word) == 1)
        connect_role (role, word);
    else if (sscanf (line, "run %zu %zu %255s", &run.size, &run.count, word) == 3) {
        run.all = strcmp (word, "all") == 0;
        run_role (role, &run);
    } else if (strncmp (line, "cpu", 3) == 0)
        tell_cpu ();
    else
        printf ("error unknown command: %s", line);
    fflush (stdout);
}

static const struct role *role_of (const char *name)
{
    const struct role *all[] = {stream_roles, request_roles, publish_roles};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        for (const struct role *role = all[i]; role->name; role++)
            if (strcmp (role->name, name) == 0)
                return role;
    fprintf (stderr, "no such end: %s\n", name);
    exit (2);
}

static void close_all (void)
{
    zmq_ctx_shutdown (context);
    if (thread)
        zmq_threadclose (thread);
    for (size_t i = 0; i < opened_count; i++)
        zmq_close (opened[i]);
    zmq_ctx_term (context);
}

int main (int argc, char **argv)
{
    const struct role *role = role_of (argc > 1 ? argv[1] : "");
    peers = argc > 2 ? strtoul (argv[2], NULL, 10) : 1;
    topics = argc > 3 ? strtoul (argv[3], NULL, 10) : 0;
    socket_count = role->many ? peers : 1;
    context = zmq_ctx_new ();
    /* Whoever leaves waits for nothing. */
    zmq_ctx_set (context, ZMQ_BLOCKY, 0);
    zmq_ctx_set (context, ZMQ_MAX_SOCKETS, (int) socket_count + 100);
    sockets = malloc (socket_count * sizeof *sockets);
    for (size_t i = 0; i < socket_count; i++)
        sockets[i] = open_socket (role->type);
    if (role->prepare)
        role->prepare ();

    char line[512];
    while (fgets (line, sizeof line, stdin))
        obey (role, line);
    close_all ();
    return 0;
}
