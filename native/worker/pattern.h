/* Patterns of paths, and of text. Both are matched in time that grows with the text, whatever the pattern. */
#ifndef GATEHOUSE_PATTERN_H
#define GATEHOUSE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MOST_PARTS = 60 };

/* `src/[star][star]/[star].c`: part by part; two stars stand for any number of parts. */
struct glob {
  char text[4096];
  const char *parts[MOST_PARTS];
  size_t count;
};

/* False when it has too many parts, or `..`, or is absolute. */
bool glob_parse(struct glob *glob, const char *text);
/* Where a path can be in the pattern, as bits; from the beginning, and one part further. 0: it fits no more. */
uint64_t glob_begin(const struct glob *glob);
uint64_t glob_step(const struct glob *glob, uint64_t at, const char *part);
/* Whether the path may end here. */
bool glob_ends(const struct glob *glob, uint64_t at);
/* One name against one part. */
bool glob_part(const char *part, const char *name);

struct regex;
/* NULL when it is not understood, with `*why` in words. Freed with free(). */
struct regex *regex_make(const char *text, size_t size, bool any_case, const char **why);
/* Whether it is anywhere in the line, which has no line break. */
bool regex_find(struct regex *regex, const char *line, size_t size);

#endif
