#include "loop/loop.h"
#include "loop/wheel.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <pthread.h>
#include <sys/eventfd.h>

typedef struct Turn {
    LoopTurn *turn;
    void *data;
} Turn;

typedef struct Call {
    LoopCall *call;
    void *data;
} Call;

struct Loop {
    struct event_base *base;
    bool stopped;
    bool again;
    int64_t now;
    bool now_read; /* in this turn */
    Wheel wheel;
    struct event wake; /* for the wheel */
    int64_t wake_at;   /* G_MAXINT64 if it is not awaited */
    GArray *turns;
    int bell; /* eventfd: there are calls */
    LoopWatch *bell_watch;
    pthread_mutex_t lock; /* of calls */
    GArray *calls;        /* Call */
    GArray *taken;        /* empty but in run_calls() */
    bool called;
};

/* Reading and writing apart, so that asking for one more costs one epoll_ctl(). */
struct LoopWatch {
    Loop *loop;
    LoopReady *ready;
    void *data;
    unsigned events;
    struct event in;
    struct event out;
};

static void read_clock(Loop *loop)
{
    if (loop->now_read)
        return;
    loop->now = g_get_monotonic_time();
    loop->now_read = true;
}

static void on_wake(int descriptor, short what, void *data)
{
    (void)descriptor;
    (void)what;
    Loop *loop = data;
    read_clock(loop);
    loop->wake_at = G_MAXINT64;
}

static void on_bell(unsigned events, void *data)
{
    (void)events;
    Loop *loop = data;
    uint64_t count = 0;
    if (read(loop->bell, &count, sizeof count) == sizeof count)
        loop->called = true;
}

static void on_message(int severity, const char *message)
{
    (void)severity;
    g_debug("libevent: %s", message);
}

/* (transfer full) (nullable) */
static struct event_base *new_base(void)
{
    static gsize once = 0;
    if (g_once_init_enter(&once)) {
        event_set_log_callback(on_message);
        g_once_init_leave(&once, 1);
    }
    struct event_config *config = event_config_new();
    if (config == NULL)
        return NULL;
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    event_config_set_flag(config, EVENT_BASE_FLAG_IGNORE_ENV);
    struct event_base *base = event_base_new_with_config(config);
    event_config_free(config);
    return base;
}

Loop *loop_new(GError **error)
{
    g_autoptr(Loop) loop = g_new0(Loop, 1);
    pthread_mutex_init(&loop->lock, NULL);
    loop->turns = g_array_new(FALSE, FALSE, sizeof(Turn));
    loop->calls = g_array_new(FALSE, FALSE, sizeof(Call));
    loop->taken = g_array_new(FALSE, FALSE, sizeof(Call));
    loop->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop->base = loop->bell < 0 ? NULL : new_base();
    if (loop->base == NULL) {
        g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM, "could not make an event loop: %s",
                    g_strerror(errno));
        return NULL;
    }
    read_clock(loop);
    wheel_start(&loop->wheel, loop->now);
    loop->wake_at = G_MAXINT64;
    event_assign(&loop->wake, loop->base, -1, 0, on_wake, loop);
    loop->bell_watch = loop_watch_new(loop, loop->bell, LOOP_READ, on_bell, loop);
    return g_steal_pointer(&loop);
}

void loop_free(Loop *loop)
{
    if (loop == NULL)
        return;
    loop_watch_free(loop->bell_watch);
    if (loop->base != NULL) {
        event_del(&loop->wake);
        event_base_free(loop->base);
    }
    if (loop->bell >= 0)
        close(loop->bell);
    g_array_free(loop->turns, TRUE);
    g_array_free(loop->calls, TRUE);
    g_array_free(loop->taken, TRUE);
    pthread_mutex_destroy(&loop->lock);
    g_free(loop);
}

static void run_calls(Loop *loop)
{
    if (!loop->called)
        return;
    loop->called = false;
    pthread_mutex_lock(&loop->lock);
    GArray *calls = loop->calls;
    loop->calls = loop->taken;
    loop->taken = calls;
    pthread_mutex_unlock(&loop->lock);
    for (unsigned i = 0; i < calls->len; i++) {
        const Call *call = &g_array_index(calls, Call, i);
        call->call(call->data);
    }
    g_array_set_size(calls, 0);
}

/* A turn function may add and remove others. */
static void run_turns(Loop *loop)
{
    loop->again = false;
    for (unsigned i = 0; i < loop->turns->len; i++) {
        const Turn turn = g_array_index(loop->turns, Turn, i);
        turn.turn(turn.data);
    }
}

/* libevent is told only of an earlier time than it knows: a deadline that was stopped since costs
 * one needless turn instead of a change for each request. */
static void await_wheel(Loop *loop)
{
    const int64_t next = wheel_next(&loop->wheel);
    if (next >= loop->wake_at)
        return;
    const int64_t wait = MAX(next - g_get_monotonic_time(), 0);
    const struct timeval timeout = {.tv_sec = wait / G_USEC_PER_SEC,
                                    .tv_usec = wait % G_USEC_PER_SEC};
    event_add(&loop->wake, &timeout);
    loop->wake_at = next;
}

void loop_run(Loop *loop)
{
    loop->stopped = false;
    while (!loop->stopped) {
        await_wheel(loop);
        loop->now_read = false;
        const int flags = loop->again ? EVLOOP_ONCE | EVLOOP_NONBLOCK : EVLOOP_ONCE;
        const int outcome = event_base_loop(loop->base, flags);
        g_assert_cmpint(outcome, >=, 0);
        read_clock(loop);
        run_calls(loop);
        wheel_advance(&loop->wheel, loop->now);
        run_turns(loop);
    }
}

void loop_stop(Loop *loop)
{
    loop->stopped = true;
}

int64_t loop_now(const Loop *loop)
{
    return loop->now;
}

static void on_ready(int descriptor, short what, void *data)
{
    (void)descriptor;
    LoopWatch *watch = data;
    read_clock(watch->loop);
    unsigned events = 0;
    events |= what & EV_READ ? LOOP_READ : 0;
    events |= what & EV_WRITE ? LOOP_WRITE : 0;
    events |= what & EV_CLOSED ? LOOP_HANGUP : 0;
    watch->ready(events, watch->data);
}

static short in_events(unsigned events)
{
    return (events & LOOP_READ ? EV_READ : 0) | (events & LOOP_HANGUP ? EV_CLOSED : 0);
}

LoopWatch *loop_watch_new(Loop *loop, int descriptor, unsigned events, LoopReady *ready, void *data)
{
    LoopWatch *watch = g_new0(LoopWatch, 1);
    *watch = (LoopWatch){.loop = loop, .ready = ready, .data = data};
    event_assign(&watch->in, loop->base, descriptor, in_events(events) | EV_PERSIST, on_ready,
                 watch);
    event_assign(&watch->out, loop->base, descriptor, EV_WRITE | EV_PERSIST, on_ready, watch);
    loop_watch_set(watch, events);
    return watch;
}

static void set_in(LoopWatch *watch, unsigned events)
{
    if (in_events(watch->events) != 0)
        event_del(&watch->in);
    if (in_events(events) == 0)
        return;
    const int descriptor = event_get_fd(&watch->in);
    event_assign(&watch->in, watch->loop->base, descriptor, in_events(events) | EV_PERSIST,
                 on_ready, watch);
    event_add(&watch->in, NULL);
}

void loop_watch_set(LoopWatch *watch, unsigned events)
{
    const unsigned changed = watch->events ^ events;
    if (changed & (LOOP_READ | LOOP_HANGUP))
        set_in(watch, events);
    if (changed & LOOP_WRITE) {
        if (events & LOOP_WRITE)
            event_add(&watch->out, NULL);
        else
            event_del(&watch->out);
    }
    watch->events = events;
}

void loop_watch_free(LoopWatch *watch)
{
    if (watch == NULL)
        return;
    loop_watch_set(watch, 0);
    g_free(watch);
}

void loop_timer_start(Loop *loop, LoopTimer *timer, int64_t due, LoopExpired *expired, void *data)
{
    if (timer->link != NULL)
        wheel_remove(timer);
    timer->due = due;
    timer->expired = expired;
    timer->data = data;
    wheel_add(&loop->wheel, timer);
}

void loop_timer_stop(LoopTimer *timer)
{
    if (timer->link != NULL)
        wheel_remove(timer);
}

bool loop_timer_runs(const LoopTimer *timer)
{
    return timer->link != NULL;
}

void loop_each_turn(Loop *loop, LoopTurn *turn, void *data)
{
    const Turn added = {.turn = turn, .data = data};
    g_array_append_val(loop->turns, added);
}

void loop_no_turn(Loop *loop, LoopTurn *turn, void *data)
{
    for (unsigned i = 0; i < loop->turns->len; i++) {
        const Turn *found = &g_array_index(loop->turns, Turn, i);
        if (found->turn == turn && found->data == data) {
            g_array_remove_index(loop->turns, i);
            loop->again = true; /* one may just have been stepped over */
            return;
        }
    }
}

void loop_again(Loop *loop)
{
    loop->again = true;
}

/* The bell is rung for the first of several calls. */
void loop_call(Loop *loop, LoopCall *call, void *data)
{
    const Call added = {.call = call, .data = data};
    pthread_mutex_lock(&loop->lock);
    g_array_append_val(loop->calls, added);
    const bool first = loop->calls->len == 1;
    pthread_mutex_unlock(&loop->lock);
    const uint64_t one = 1;
    if (first && write(loop->bell, &one, sizeof one) != sizeof one)
        g_assert_cmpint(errno, ==, EAGAIN);
}

bool loop_take_back(Loop *loop, LoopCall *call, const void *data)
{
    bool found = false;
    pthread_mutex_lock(&loop->lock);
    for (unsigned i = 0; i < loop->calls->len && !found; i++) {
        const Call *one = &g_array_index(loop->calls, Call, i);
        found = one->call == call && one->data == data;
        if (found)
            g_array_remove_index(loop->calls, i);
    }
    pthread_mutex_unlock(&loop->lock);
    return found;
}
