/*
 * Ways a process ends without having said anything, turned into block().
 *
 * An agent that sees its hook die by a signal may run the call all the same, so every signal that can be
 * caught, a crash of our own included, ends with EXIT_BLOCK; file descriptors 0 to 2 must be what they seem.
 */
#ifndef GATEHOUSE_GUARD_H
#define GATEHOUSE_GUARD_H

/* Call first. Ends the process with EXIT_BLOCK when stdin or stdout is closed. */
void guard_hook(void);

/* The same for a pipe, which ends with the code of say_exit_code. */
void guard_pipe(void);

#endif
