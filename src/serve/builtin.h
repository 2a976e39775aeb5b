/*
 * What the server answers by itself: its pages, documents, health and metrics.
 */
#pragma once
#include "serve/call.h"

/* @call's route is a built-in one. */
void builtin_run(Call *call);

/* Of a call that waits for the control loop, which calls back no more: 503. */
void builtin_give_up(Call *call);
