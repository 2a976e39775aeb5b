#include "loop/wheel.h"

enum { RING_BITS = 6 };

void wheel_start(Wheel *wheel, int64_t now)
{
    wheel->tick = now / WHEEL_TICK;
}

static void link_timer(LoopTimer **head, LoopTimer *timer)
{
    timer->next = *head;
    timer->link = head;
    if (timer->next != NULL)
        timer->next->link = &timer->next;
    *head = timer;
}

void wheel_remove(LoopTimer *timer)
{
    *timer->link = timer->next;
    if (timer->next != NULL)
        timer->next->link = timer->link;
    timer->next = NULL;
    timer->link = NULL;
}

/* What lies beyond the last ring goes to its end, and is looked at again then. */
void wheel_add(Wheel *wheel, LoopTimer *timer)
{
    const int64_t last = wheel->tick + ((int64_t)1 << (RING_BITS * WHEEL_RINGS)) - 1;
    const int64_t wanted = timer->due / WHEEL_TICK + (timer->due % WHEEL_TICK > 0);
    const int64_t tick = CLAMP(wanted, wheel->tick + 1, last);
    const int64_t away = tick - wheel->tick;
    unsigned ring = 0;
    while (away >> (RING_BITS * (ring + 1)) != 0)
        ring++;
    const unsigned slot = tick >> (RING_BITS * ring) & (WHEEL_SLOTS - 1);
    wheel->used[ring] |= (uint64_t)1 << slot;
    link_timer(&wheel->slots[ring][slot], timer);
}

/* The tick at which the next used slot of @ring comes. */
static int64_t ring_next(const Wheel *wheel, unsigned ring)
{
    if (wheel->used[ring] == 0)
        return G_MAXINT64;
    const int64_t here = wheel->tick >> (RING_BITS * ring);
    const unsigned turn = (here + 1) & (WHEEL_SLOTS - 1);
    const uint64_t used = wheel->used[ring];
    const uint64_t ahead = turn == 0 ? used : used >> turn | used << (WHEEL_SLOTS - turn);
    return (here + 1 + __builtin_ctzll(ahead)) << (RING_BITS * ring);
}

static int64_t next_tick(const Wheel *wheel)
{
    int64_t next = G_MAXINT64;
    for (unsigned ring = 0; ring < WHEEL_RINGS; ring++)
        next = MIN(next, ring_next(wheel, ring));
    return next;
}

int64_t wheel_next(const Wheel *wheel)
{
    const int64_t tick = next_tick(wheel);
    return tick == G_MAXINT64 ? tick : tick * WHEEL_TICK;
}

/* (transfer full): the timers of the slot that the wheel stands at, chained by next alone. */
static LoopTimer *take_slot(Wheel *wheel, unsigned ring)
{
    const unsigned slot = wheel->tick >> (RING_BITS * ring) & (WHEEL_SLOTS - 1);
    LoopTimer *timers = wheel->slots[ring][slot];
    wheel->slots[ring][slot] = NULL;
    wheel->used[ring] &= ~((uint64_t)1 << slot);
    return timers;
}

/* From the outer rings inwards: what is due in this very tick comes to the due ones. */
static void turn_rings(Wheel *wheel)
{
    for (unsigned ring = WHEEL_RINGS; ring-- > 0;) {
        if ((wheel->tick & (((int64_t)1 << (RING_BITS * ring)) - 1)) != 0)
            continue;
        LoopTimer *timers = take_slot(wheel, ring);
        while (timers != NULL) {
            LoopTimer *timer = timers;
            timers = timer->next;
            if (timer->due <= wheel->tick * WHEEL_TICK)
                link_timer(&wheel->due, timer);
            else
                wheel_add(wheel, timer);
        }
    }
}

static void serve_due(Wheel *wheel)
{
    while (wheel->due != NULL) {
        LoopTimer *timer = wheel->due;
        wheel_remove(timer);
        timer->expired(timer, timer->data);
    }
}

void wheel_advance(Wheel *wheel, int64_t now)
{
    const int64_t until = now / WHEEL_TICK;
    for (int64_t next = next_tick(wheel); next <= until; next = next_tick(wheel)) {
        wheel->tick = next;
        turn_rings(wheel);
        serve_due(wheel);
    }
    wheel->tick = MAX(wheel->tick, until);
}
