/*
 * What the service manager is told, by the protocol of sd_notify(3): one datagram a message to the
 * socket that NOTIFY_SOCKET names. Without that variable nothing is sent.
 */
#pragma once
#include "base/environment.h"

#include <stdint.h>

typedef struct Notify Notify;

/**
 * notify_open:
 * @environment: for NOTIFY_SOCKET (a path, or "@name" of the abstract namespace), WATCHDOG_USEC and
 *   WATCHDOG_PID
 *
 * Returns: (transfer full): also where there is no service manager; %NULL with APP_ERROR_INPUT if
 *   a variable is malformed, or APP_ERROR_PROGRAM if there is no such socket.
 */
Notify *notify_open(const Environment *environment, GError **error);
void notify_close(Notify *notify);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Notify, notify_close)

/* Whether anybody listens. */
bool notify_is_on(const Notify *notify);

/* Microseconds within which each notify_alive() is expected; 0: no watchdog. */
int64_t notify_watchdog(const Notify *notify);

/*
 * What follows returns whether the manager has got the message; true where there is none. @status
 * (nullable) is one line for `systemctl status`. Those that change the unit's state wait for a
 * manager whose queue is full, 1 second at most; the others never wait.
 */
bool notify_ready(Notify *notify, const char *status);
bool notify_reloading(Notify *notify); /* notify_ready() ends it */
bool notify_stopping(Notify *notify, const char *status);
bool notify_status(Notify *notify, const char *status);
bool notify_alive(Notify *notify);
