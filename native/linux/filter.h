/* The seccomp filter: what no agent and no toolchain needs, denied by number and argument. */
#ifndef GATEHOUSE_FILTER_H
#define GATEHOUSE_FILTER_H

#include <stdbool.h>
#include <stddef.h>

struct filter_options {
  bool allow_unix;  /* sockets of AF_UNIX, beyond pairs */
  bool allow_route; /* netlink sockets for routes and addresses */
  bool notify;      /* the denied calls that tell of an attempt go to a listener instead */
};

/*
 * Installs it for this thread and all that comes from it; no_new_privs must be set.
 *
 * Returns -1 with errno set when the kernel refuses, otherwise 0, or with `notify` the listener's descriptor.
 */
int filter_install(const struct filter_options *options);

/* Name of a system call that the filter denies, for reports; NULL for another. */
const char *filter_call_name(int number);

#endif
