/*
 * The end of the process comes in time, whatever its threads do.
 *
 * At its end the server waits for its threads. One may not return for long: in a function in C of
 * an endpoint, in the system's look-up of a host name, or in a file system that hangs. None of them
 * can be stopped from outside.
 */
#pragma once

/**
 * end_time_begin:
 * @seconds: at least 1
 *
 * Ends the process that much later with status 0, which it would end with anyway, and a message on
 * standard error. By SIGALRM, once.
 */
void end_time_begin(unsigned seconds);
