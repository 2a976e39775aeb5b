/*
 * Functions of the C library that this program does not call: they overrun buffers, hide
 * errors, depend on the locale's or the thread's state, or run a shell.
 *
 * The build includes this file in front of every source file. GLib's counterparts are used.
 */
#pragma once
#ifndef __cplusplus
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#pragma GCC poison strcpy strcat sprintf vsprintf strtok atoi atol atof localtime gmtime ctime
#pragma GCC poison asctime system popen gets mktemp tmpnam
#endif
