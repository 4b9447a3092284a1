/*
 * Connecting to the agent door, and making sure that it is ours.
 *
 * The socket and its folder must belong to this user and the process that listens must run as this user,
 * as the kernel tells it: another user's program in the supervisor's place answers nothing.
 */
#ifndef GATEHOUSE_DOOR_H
#define GATEHOUSE_DOOR_H

/* A connected, non-blocking, close-on-exec socket. Ends the process with EXIT_BLOCK when there is none. */
int door_open(const char *path, const char *agent);

#endif
