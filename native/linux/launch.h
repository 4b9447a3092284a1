/* One launch: what both halves know of it, and what they say to each other. */
#ifndef GATEHOUSE_LAUNCH_H
#define GATEHOUSE_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "session.h"

/* Behind a refusal that the computer's owner can do something about. */
#define ASK_DOCTOR "; hint: `gatehouse doctor` says what root can change"

enum { MAX_LISTENERS = 3, MAX_PASSED = 8 };

struct launch {
  struct plan plan;
  char **command;     /* ends with NULL */
  char **environment; /* for the command, ends with NULL */
  bool terminal[3];   /* which of stdin, stdout, stderr is a terminal */
  bool has_terminal;
  uid_t uid;          /* the command's user */
  gid_t gid;
  bool from_root;     /* started by user 0: the command runs as the plan's user */
  int trees[MAX_PLAN_STEPS]; /* made by the host half when started as root; -1 elsewhere */
  int layers;         /* of the copy-on-write folder, as `trees` */
  char no_layers[96]; /* why there are none; empty where that is not known */
  int talk;           /* between the halves, SOCK_SEQPACKET */
};

/* What the inner half tells, with descriptors beside it. */
enum word {
  W_SOCKETS, /* the listening sockets, then the terminal's master */
  W_READY,   /* all is enforced, the report says what; with a listener for denied calls where there is one */
  W_REFUSED,
  W_NO_EXEC,
  W_ENDED,
  W_MAPPED,  /* from the host half, as the following */
  W_GO,
  W_SIGNAL
};

struct message {
  enum word word;
  int value;          /* exit status, errno, signal */
  char text[400];     /* with W_REFUSED: why */
  struct report report;
};

/* False when the other half is gone. Descriptors are sent beside the message. */
bool say(int talk, const struct message *message, const int *descriptors, size_t count);
/* As many descriptors as came are put into `descriptors`, the number into *count. */
bool hear(int talk, struct message *message, int *descriptors, size_t *count);

#endif
