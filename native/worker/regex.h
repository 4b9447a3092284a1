/* Between the two halves of regular expressions: reading a pattern into nodes, and writing them out as steps. */
#ifndef GATEHOUSE_REGEX_H
#define GATEHOUSE_REGEX_H

#include "pattern.h"

enum { MOST_NODES = 2000, MOST_STEPS = 4000, MOST_SETS = 128, DEEPEST = 40, MOST_TIMES = 1000, MOST_WRITTEN = 100 * 1000 };

enum kind { N_EMPTY, N_BYTE, N_SET, N_START, N_END, N_EDGE, N_NO_EDGE, N_BOTH, N_EITHER, N_REPEAT };

struct node {
  enum kind kind;
  int left; /* also the byte or the set */
  int right;
  int least;
  int most; /* -1: any number */
};

enum step_kind { S_BYTE, S_SET, S_START, S_END, S_EDGE, S_NO_EDGE, S_SPLIT, S_JUMP, S_FOUND };

struct step {
  enum step_kind kind;
  int a;
  int b;
};

struct regex {
  struct step steps[MOST_STEPS];
  int count;
  unsigned char sets[MOST_SETS][32];
  int set_count;
  bool any_case;
  bool quick;               /* a match begins with one of `first`, at any place */
  unsigned char first[32];
  int now[MOST_STEPS];
  int next[MOST_STEPS];
  long long seen[MOST_STEPS]; /* by the mark of the place in the text */
  int stack[2 * MOST_STEPS + 2];
  long long mark;
};

struct parser {
  const char *at;
  const char *end;
  struct regex *regex;
  struct node nodes[MOST_NODES];
  int count;
  int depth;
  int written; /* nodes that were written out: what repeats nothing a million times would be a million */
  const char *why;
};

/* A set of bytes, a bit each. */
static inline bool in(const unsigned char *set, unsigned char byte) { return (set[byte >> 3] >> (byte & 7) & 1) != 0; }
static inline void put(unsigned char *set, unsigned char byte) { set[byte >> 3] |= (unsigned char)(1 << (byte & 7)); }
/* Adds what `\d`, `\w` and `\s` stand for; false for another letter. */
bool class_of(unsigned char letter, unsigned char *set);
/* The node that stands for the whole pattern; `why` of the parser says what is not understood. */
int regex_parse(struct parser *parser);

#endif
