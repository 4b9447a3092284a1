/*
 * `gatehouse mcp NAME`: passes bytes between an MCP client and the supervisor, who speaks MCP.
 *
 * Nothing reaches stdout but what the supervisor sends through the pipe it has opened, and nothing is read from
 * stdin before. Ends with 0 when the supervisor's side ended after ours, with EXIT_CUT when it ended before or
 * stdout was closed, with EXIT_BLOCK when the pipe was not opened, and as the supervisor says when it refuses.
 */
#ifndef GATEHOUSE_PIPE_H
#define GATEHOUSE_PIPE_H

#include "args.h"

__attribute__((noreturn)) void pipe_run(const struct mcp_args *args);

#endif
