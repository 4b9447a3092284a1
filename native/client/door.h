/*
 * Connecting to the agent door, and making sure that it is ours.
 *
 * The socket and its folder must belong to this user and the process that listens must run as this user,
 * as the kernel tells it: another user's program in the supervisor's place answers nothing. In a sandbox the
 * same path is a file that names a port of the loopback address, where the launcher accepts for the supervisor.
 */
#ifndef GATEHOUSE_DOOR_H
#define GATEHOUSE_DOOR_H

/* The supervisor beats once a second; ten missed beats are a hang. */
enum { SILENCE_MS = 10 * 1000 };

/*
 * A connected, non-blocking, close-on-exec socket. Ends the process with EXIT_BLOCK when there is none; `way_out`
 * is what that line offers besides starting the supervisor.
 */
int door_open(const char *path, const char *way_out);

#endif
