/*
 * Keeps a pool busy with reads and writes and tells how they end.
 *
 * usage: pool_load CLIENTS FAST WRITE DEADLINE_MS [BATCH]     (DATABASE_URL, or READS_URL for
 * reads)
 *
 * Needs a table written (id bigint). Each client asks again when its request has ended; half of
 * them read, half write a number that nobody else writes. A line on standard input gets a line of
 * JSON: what ended since the last one. At the end of the input the clients finish, and a last line
 * has all numbers that are written for certain, and those that nobody knows of.
 */
#include "pool/pool.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

enum {
    REST = 5000,   /* microseconds until a client that was turned away asks again */
    PULSE = 10000, /* microseconds */
};

/* How requests of a kind ended, since the last report. Times are the worst, in milliseconds. */
typedef struct Ends {
    unsigned done, refused, unavailable, overdue, uncertain;
    double turned_away, late; /* submitted to unavailable; deadline to any end */
    char reason[32];          /* of the last that was not done */
} Ends;

typedef struct Load {
    Loop *loop;
    Pool *pool;
    Ends reads, writes;
    GArray *written, *unsure; /* int64_t */
    int64_t next, deadline;
    unsigned open;
    uint64_t submitted, ended;
    bool finishing;
    LoopWatch *input;
    LoopTimer pulse;
    int64_t due;  /* of the pulse */
    double stall; /* milliseconds: how late it was at worst; so late was all else, too */
} Load;

typedef struct Client {
    PoolRequest request; /* first */
    Load *load;
    LoopTimer timer;
    PoolCall call;
    char number[24];
    const char *values[1];
    int64_t began, id;
} Client;

static const PoolStatement read_one = {
    .name = "read_one", .sql = "select $1::bigint + 1", .parameters = 1};
static const PoolStatement write_one = {
    .name = "write_one", .sql = "insert into written values ($1)", .parameters = 1};

static void count(Ends *ends, const Client *client, const PoolResult *result)
{
    const int64_t now = g_get_monotonic_time();
    ends->done += result->outcome == POOL_DONE;
    ends->refused += result->outcome == POOL_REFUSED;
    ends->unavailable += result->outcome == POOL_UNAVAILABLE;
    ends->overdue += result->outcome == POOL_OVERDUE;
    ends->uncertain += result->uncertain;
    ends->late = MAX(ends->late, (double)(now - client->request.deadline) / 1000);
    if (result->outcome == POOL_UNAVAILABLE)
        ends->turned_away = MAX(ends->turned_away, (double)(now - client->began) / 1000);
    if (result->reason != NULL)
        g_strlcpy(ends->reason, result->reason, sizeof ends->reason);
}

static void ask(Client *client)
{
    Load *load = client->load;
    client->id = load->next++;
    g_snprintf(client->number, sizeof client->number, "%" G_GINT64_FORMAT, client->id);
    client->began = g_get_monotonic_time();
    client->request.deadline = client->began + load->deadline;
    load->submitted++;
    pool_submit(load->pool, &client->request);
}

static void on_rested(LoopTimer *timer, void *data)
{
    (void)timer;
    ask(data);
}

static void finish(Load *load)
{
    if (--load->open == 0)
        loop_stop(load->loop);
}

static void on_done(PoolRequest *request, const PoolResult *result, void *data)
{
    Client *client = data;
    Load *load = client->load;
    const bool writes = request->lane == POOL_WRITE;
    load->ended++;
    count(writes ? &load->writes : &load->reads, client, result);
    if (writes && result->outcome == POOL_DONE)
        g_array_append_val(load->written, client->id);
    if (writes && result->uncertain)
        g_array_append_val(load->unsure, client->id);
    if (load->finishing)
        finish(load);
    else if (result->outcome == POOL_UNAVAILABLE)
        loop_timer_start(load->loop, &client->timer, loop_now(load->loop) + REST, on_rested,
                         client);
    else
        ask(client);
}

static void on_pulse(LoopTimer *timer, void *data)
{
    Load *load = data;
    const int64_t now = g_get_monotonic_time();
    load->stall = MAX(load->stall, (double)(now - load->due) / 1000);
    load->due = now + PULSE;
    loop_timer_start(load->loop, timer, load->due, on_pulse, load);
}

static void print_ends(const char *name, Ends *ends)
{
    printf("\"%s\": {\"done\": %u, \"refused\": %u, \"unavailable\": %u, \"overdue\": %u,"
           " \"uncertain\": %u, \"turned_away\": %.1f, \"late\": %.1f, \"reason\": \"%s\"}, ",
           name, ends->done, ends->refused, ends->unavailable, ends->overdue, ends->uncertain,
           ends->turned_away, ends->late, ends->reason);
    *ends = (Ends){.late = -1e9};
}

static void print_lane(const Load *load, const char *name, PoolLane lane)
{
    PoolLaneState state;
    pool_lane_state(load->pool, lane, &state);
    printf("\"%s\": {\"ready\": %u, \"waiting\": %u, \"read_only\": %s, \"reason\": \"%s\","
           " \"sqlstate\": \"%s\"}, ",
           name, state.ready, state.waiting, state.read_only ? "true" : "false",
           state.reason != NULL ? state.reason : "", state.sqlstate);
}

static double processor_time(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void report(Load *load)
{
    const PoolCounts *counts = pool_counts(load->pool);
    printf("{");
    print_ends("reads", &load->reads);
    print_ends("writes", &load->writes);
    print_lane(load, "fast", POOL_FAST);
    print_lane(load, "write", POOL_WRITE);
    printf("\"submitted\": %lu, \"ended\": %lu, \"batches\": %lu, \"syncs\": %lu,"
           " \"connects\": %lu, \"cpu\": %.6f, \"stall\": %.1f}\n",
           load->submitted, load->ended, counts->batches, counts->syncs, counts->connects,
           processor_time(), load->stall);
    fflush(stdout);
}

static void on_input(unsigned events, void *data)
{
    (void)events;
    Load *load = data;
    char text[64];
    const ssize_t length = read(STDIN_FILENO, text, sizeof text);
    if (length > 0) {
        report(load);
        return;
    }
    g_clear_pointer(&load->input, loop_watch_free);
    load->finishing = true;
}

static void print_numbers(const char *name, const GArray *numbers, const char *end)
{
    printf("\"%s\": [", name);
    for (unsigned i = 0; i < numbers->len; i++)
        printf("%s%ld", i > 0 ? "," : "", g_array_index(numbers, int64_t, i));
    printf("]%s", end);
}

static void start_clients(Load *load, Client *clients, unsigned number)
{
    for (unsigned i = 0; i < number; i++) {
        Client *client = &clients[i];
        const bool writes = i % 2 == 1;
        client->load = load;
        client->values[0] = client->number;
        client->call =
            (PoolCall){.statement = writes ? &write_one : &read_one, .values = client->values};
        client->request = (PoolRequest){.lane = writes ? POOL_WRITE : POOL_FAST,
                                        .calls = &client->call,
                                        .call_count = 1,
                                        .done = on_done,
                                        .data = client};
        load->open++;
        ask(client);
    }
}

static unsigned number_of(const char *word)
{
    return (unsigned)g_ascii_strtoull(word, NULL, 10);
}

/* (transfer full) (nullable): the settings that an environment variable holds */
static ConnectionSettings *settings_of(const char *variable)
{
    const char *url = g_getenv(variable);
    return url != NULL ? settings_parse(url, NULL) : NULL;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    if (argc < 5)
        return 2;
    g_autoptr(ConnectionSettings) primary = settings_of("DATABASE_URL");
    g_autoptr(ConnectionSettings) reads = settings_of("READS_URL");
    const unsigned deadline = number_of(argv[4]);
    const PoolSettings settings = {
        .primary = primary,
        .reads = reads,
        .application_name = "pool_load",
        .connections = {number_of(argv[2]), number_of(argv[3]), 0},
        .batch = argc > 5 ? number_of(argv[5]) : 64,
        .queue = 1000,
        .timeout = {deadline * 8 / 10, deadline * 8 / 10, 0},
        .connect_time = 1000,
        .retry_time = 50,
    };
    const unsigned number = number_of(argv[1]);
    g_autofree Client *clients = g_new0(Client, number);
    g_autoptr(Loop) loop = loop_new(&error);
    g_autoptr(Pool) pool = pool_new(loop, &settings, &error);
    Load load = {.loop = loop, .pool = pool, .deadline = deadline * 1000L};
    load.written = g_array_new(FALSE, FALSE, sizeof(int64_t));
    load.unsure = g_array_new(FALSE, FALSE, sizeof(int64_t));
    load.input = loop_watch_new(loop, STDIN_FILENO, LOOP_READ, on_input, &load);
    start_clients(&load, clients, number);
    load.due = g_get_monotonic_time();
    on_pulse(&load.pulse, &load);
    loop_run(loop);
    printf("{\"submitted\": %lu, \"ended\": %lu, ", load.submitted, load.ended);
    print_numbers("written", load.written, ", ");
    print_numbers("unsure", load.unsure, "}\n");
    g_array_unref(load.written);
    g_array_unref(load.unsure);
    return 0;
}
