/*
 * A launch plan: what a sandbox is made of, as a list of steps.
 *
 * The supervisor writes it as lines of a verb and its words, percent-encoded UTF-8, between `gatehouse-launch 1` and
 * `end`. Nothing is guessed: an unknown verb, a missing or extra word, a path that is not absolute and plain, a second
 * `end` refuse the whole plan. The verbs are those of the system (verbs.h there), so no launcher takes a plan for
 * another system for its own. Nothing in here needs any of them.
 */
#ifndef GATEHOUSE_PLAN_H
#define GATEHOUSE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { MAX_PLAN_BYTES = 1024 * 1024, MAX_PLAN_STEPS = 4096, MAX_PLAN_WORDS = 3 };

/*
 * A verb. `words` is the shape of what follows it, a letter each: p absolute path, t text, n number, c count (from one,
 * and so few digits that neither milliseconds nor ten-thousandths of it leave 64 bits), v variable's name, w one of
 * `choices`, which stand between bars. `told` is the step in words, with %s for each.
 */
struct shape {
  const char *name;
  const char *words;
  const char *choices;
  const char *told;
};

/* Of the system: its verbs, by number, and how many they are. */
extern const struct shape plan_verbs[];
extern const int plan_verb_count;

/* Of the system: whether a path is absolute and can be read in one way only. */
bool plan_path_is_plain(const char *path);

struct step {
  int verb; /* an enum verb of the system */
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
const struct step *plan_find(const struct plan *plan, int verb);

/* The first step with this verb and this first word, or NULL. */
const struct step *plan_word(const struct plan *plan, int verb, const char *word);

/* Prints every step in words, and the hash. */
void plan_explain(const struct plan *plan, FILE *out);

#endif
