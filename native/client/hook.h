/*
 * `gatehouse hook`: hands the call on stdin to the supervisor and prints exactly what it answers.
 *
 * Nothing reaches stdout before the whole answer is there and verified, and every other end is EXIT_BLOCK
 * with one line on stderr.
 */
#ifndef GATEHOUSE_HOOK_H
#define GATEHOUSE_HOOK_H

#include "args.h"

__attribute__((noreturn)) void hook_run(const struct hook_args *args);

#endif
