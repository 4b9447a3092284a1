/*
 * Everything but `hook` and `mcp NAME`: hands the command line to the supervisor's own program, in a checkout run by the
 * checkout's Node, in a packed app the app's program.
 */
#ifndef GATEHOUSE_CHECKOUT_H
#define GATEHOUSE_CHECKOUT_H

#include <stdbool.h>

/* Whether this program lies where the build puts it. */
bool checkout_exists(void);

/* Replaces this process by `node ROOT/SCRIPT ARGV…`, in a packed app by `gatehouse-desktop ARGV…`. Ends with the code of say_exit_code when it cannot. */
__attribute__((noreturn)) void checkout_run(const char *script, int argc, char *const argv[]);

/* The agent door of the person whose packed app this is; NULL where this program lies in no packed app. */
const char *packed_door(void);

/* Becomes the sandbox launcher that lies beside this program, with the same words, and with this door unless NULL. Does not return. */
__attribute__((noreturn)) void launcher_run(const char *door, int argc, char *const argv[]);

#endif
