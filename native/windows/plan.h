/*
 * A launch plan for Windows: what a sandbox is made of, as a list of steps.
 *
 * The text is written like that for Linux (native/linux/plan.h): lines of a verb and its words, percent-encoded
 * UTF-8, between `gatehouse-launch 1` and `end`. The verbs differ, so neither launcher takes the other's plan for
 * its own. Nothing is guessed: an unknown verb, a missing or extra word, a path that is not a plain one of a drive,
 * something after `end` refuse the whole plan. Nothing in here needs Windows.
 */
#ifndef GATEHOUSE_WINDOWS_PLAN_H
#define GATEHOUSE_WINDOWS_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { MAX_PLAN_BYTES = 1024 * 1024, MAX_PLAN_STEPS = 1024, MAX_PLAN_WORDS = 2 };

enum verb {
  V_LEVEL,    /* level NAME: the level that is asked for */
  V_NEED,     /* need FEATURE: refuse when this cannot be enforced */
  V_TOKEN,    /* token privileges|administrators|low: what the command's token is without */
  V_UI,       /* ui NAME: what of the person's desktop the job may not touch */
  V_DESKTOP,  /* desktop private|station: a desktop of its own, on a window station of its own too */
  V_MITIGATE, /* mitigate NAME: a policy of the command's first process */
  V_LIMIT,    /* limit processes|memory|data|cpu NUMBER: bytes; cpu in hundredths of one processor */
  V_DIR,      /* dir PATH: made when it is not there */
  V_CWD,      /* cwd PATH */
  V_KEEP,     /* keep NAME, or a prefix with a star: variables of the caller that go in */
  V_SET,      /* set NAME VALUE */
  V_SESSION,  /* session SECONDS */
  VERBS
};

struct step {
  enum verb verb;
  char *words[MAX_PLAN_WORDS];
  long long number; /* of the last word, where it is one */
};

struct plan {
  struct step steps[MAX_PLAN_STEPS];
  size_t count;
  char hash[65];     /* SHA-256 of the text, hex */
  char problem[256]; /* why it was refused */
};

/* Parses `text`, which it changes and which must last. False with `problem` set when it is refused. */
bool plan_parse(struct plan *plan, char *text, size_t size);

/* The first step with this verb, or NULL. */
const struct step *plan_find(const struct plan *plan, enum verb verb);

/* The first step with this verb and this first word, or NULL. */
const struct step *plan_word(const struct plan *plan, enum verb verb, const char *word);

/* Prints every step in words, and the hash. */
void plan_explain(const struct plan *plan, FILE *out);

#endif
