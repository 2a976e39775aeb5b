/*
 * A command is asked to end: by Ctrl-C, SIGTERM or SIGHUP.
 *
 * The first of these signals makes all that waits stop: programs that run get SIGTERM, statements
 * are canceled, again and again until nobody waits. So a command fails where it is, and clears up
 * on its way out as after any error. A further SIGINT or SIGTERM ends it at once.
 *
 * It is for commands that leave something behind when they are just killed. Where nobody watches,
 * nothing here does anything. There is one process and one terminal, so this state is global.
 */
#pragma once
#include "base/error.h"

/* The code of its error, among those of AppError; the exit status is 128 + the signal. */
enum { APP_ERROR_INTERRUPTED = 130 };

/* From now on. Signals that are ignored (nohup) stay so. Returns: false with APP_ERROR_PROGRAM if
 * the system gives no thread for it. */
bool interrupt_watch(GError **error);

/* The signal that has come; 0 if none has. */
int interrupt_signal(void);

/* Returns: whether to go on; else APP_ERROR_INTERRUPTED. */
bool interrupt_check(GError **error);

/**
 * interrupt_await:
 * @descriptor: to read from or write to
 * @events: POLLIN or POLLOUT
 *
 * Waits until @descriptor is ready. Returns: whether to go on; else APP_ERROR_INTERRUPTED.
 */
bool interrupt_await(int descriptor, short events, GError **error);

/* Is called by another thread, until what it stops is removed; what has ended already it leaves. */
typedef void InterruptStop(void *data);

typedef struct Interruptible Interruptible;

/* (transfer full) (nullable): something to stop; NULL where nobody watches. */
Interruptible *interrupt_add(InterruptStop *stop, void *data);

/* @one: (nullable) (transfer full): is not stopped any more, nor at this moment. */
void interrupt_remove(Interruptible *one);
