/*
 * Connections from inside to the supervisor.
 *
 * A connection that was made to one of the sockets inside is accepted here, outside, and passed byte for byte
 * over a connection of its own to the door. The supervisor knows by the process that connects which sandbox it
 * comes from: there is no token that could be stolen inside.
 */
#ifndef GATEHOUSE_RELAY_H
#define GATEHOUSE_RELAY_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

enum { MAX_RELAYS = 256, RELAY_POLLS = 2 * MAX_RELAYS };

/* Where the door is; before the first relay. */
void relay_start(const char *door);

/* Takes one connection from a listening socket; `kind` as in the plan. */
void relay_accept(int listener, const char *kind);

/* Puts what is waited for into `polls`, which has room for RELAY_POLLS; returns how many. */
size_t relay_watch(struct pollfd *polls);

/* After poll(): moves what can be moved. True when bytes moved. */
bool relay_serve(const struct pollfd *polls, size_t count);

#endif
