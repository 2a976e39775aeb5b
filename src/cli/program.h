/*
 * The program: finds the command, runs it, reports its error once.
 */
#pragma once

/* @argv: ended by NULL. Returns: the exit status. */
int program_run(char **argv);
