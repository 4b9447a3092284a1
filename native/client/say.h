/*
 * One line on stderr, then the end.
 *
 * Every refusal of this program goes through say_and_exit: `gatehouse: WHAT: WHY; hint: HINT`, control
 * characters replaced, written at once. Nothing here touches stdout.
 */
#ifndef GATEHOUSE_SAY_H
#define GATEHOUSE_SAY_H

enum {
  EXIT_TOLD = 0,    /* a hook that only tells something: it stops nothing, whatever happens */
  EXIT_CUT = 1,     /* a pipe that was open and did not end well */
  EXIT_BLOCK = 2,   /* a hook: every supported agent takes 2 for "do not run this"; a pipe that was not opened */
  EXIT_PROVEN = 113, /* a hook's yes where the line that starts it takes nothing else for one (--proof) */
  EXIT_OURS = 125   /* any other command: the failure is Gatehouse's own */
};

/* Sets the code that say_and_exit ends with; EXIT_BLOCK until then, so that a slip blocks. */
void say_exit_code(int code);

/* Sets what block() says went wrong; "this call was not run" until then. The text must last. */
void say_subject(const char *what);

/* `why` and `detail` are joined with a space; `detail` and `hint` may be NULL. Does not return. */
__attribute__((noreturn)) void say_and_exit(const char *what, const char *why, const char *detail, const char *hint);

/* `why` about the subject. May be called from a signal handler. */
__attribute__((noreturn)) void block(const char *why, const char *detail, const char *hint);

#endif
