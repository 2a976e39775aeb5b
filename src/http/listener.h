/*
 * Sockets that listen.
 */
#pragma once
#include "base/error.h"

/* Connections of each that the system keeps until they are accepted, at most. */
enum { LISTENER_BACKLOG = 4096 };

/**
 * listener_open:
 * @address: "127.0.0.1:8000", "[::1]:8000", ":8000" (all addresses), "localhost:8000", or
 *   "unix:/path" (mode 0660; a socket that nobody serves any more is replaced)
 * @shared: with SO_REUSEPORT, so that each loop has a listener of its own on the same address;
 *   of a socket file there can be one only: give each further loop a dup() of it
 *
 * Returns: a descriptor, non-blocking and closed on exec; -1 with APP_ERROR_USAGE if the address is
 *   none, or APP_ERROR_PROGRAM with who holds the port, as far as the system tells.
 */
int listener_open(const char *address, bool shared, GError **error);

/* The file of a Unix socket, which its maker leaves behind unless it is removed. */
typedef struct ListenerFile ListenerFile;

/* (transfer full) (nullable): that of @descriptor, which listens; %NULL if it has none. */
ListenerFile *listener_file_new(int descriptor);

/* Removes the file, unless another one stands in its place by now. Before the last descriptor is
 * closed: until then, no other file can have its number. */
void listener_file_remove(ListenerFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ListenerFile, listener_file_remove)

/* (transfer full): where @descriptor listens, as a URL: "http://127.0.0.1:8000", "unix:/path". */
char *listener_url(int descriptor);
