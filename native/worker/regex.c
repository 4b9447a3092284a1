/*
 * Regular expressions without going back: a set of places in the pattern is carried along the text, so the time is
 * the text's length times the pattern's, and no pattern makes it more.
 *
 * Known: letters, `.`, `[…]`, `\d \w \s \b` and their opposites, `\t`, `^ $`, groups, `|`, `* + ?` (also lazy, which
 * finds the same lines), `{m,n}`. Not: going back to a group, looking ahead or behind.
 */
#define _GNU_SOURCE
#include <stdlib.h>

#include "regex.h"

static int step(struct parser *parser, enum step_kind kind, int a, int b) {
  struct regex *regex = parser->regex;
  if (regex->count == MOST_STEPS) {
    parser->why = "it is too large when its repetitions are written out";
    return 0;
  }
  regex->steps[regex->count] = (struct step){kind, a, b};
  return regex->count++;
}

static void write_out(struct parser *parser, int index) {
  static const enum step_kind same[] = {[N_BYTE] = S_BYTE, [N_SET] = S_SET, [N_START] = S_START, [N_END] = S_END, [N_EDGE] = S_EDGE, [N_NO_EDGE] = S_NO_EDGE};
  struct regex *regex = parser->regex;
  const struct node *each = &parser->nodes[index];
  if (parser->why == NULL && ++parser->written > MOST_WRITTEN) parser->why = "it is too large when its repetitions are written out";
  if (parser->why != NULL) return;
  switch (each->kind) {
    case N_EMPTY:
      return;
    case N_BOTH:
      write_out(parser, each->left);
      write_out(parser, each->right);
      return;
    case N_EITHER: {
      int split = step(parser, S_SPLIT, 0, 0);
      regex->steps[split].a = regex->count;
      write_out(parser, each->left);
      int jump = step(parser, S_JUMP, 0, 0);
      regex->steps[split].b = regex->count;
      write_out(parser, each->right);
      regex->steps[jump].a = regex->count;
      return;
    }
    case N_REPEAT: {
      for (int i = 0; i < each->least && parser->why == NULL; i++) write_out(parser, each->left);
      if (each->most < 0) {
        int split = step(parser, S_SPLIT, 0, 0);
        regex->steps[split].a = regex->count;
        write_out(parser, each->left);
        step(parser, S_JUMP, split, 0);
        regex->steps[split].b = regex->count;
        return;
      }
      for (int i = each->least; i < each->most && parser->why == NULL; i++) {
        int split = step(parser, S_SPLIT, 0, 0);
        regex->steps[split].a = regex->count;
        write_out(parser, each->left);
        regex->steps[split].b = regex->count;
      }
      return;
    }
    default:
      step(parser, same[each->kind], each->left, each->right);
  }
}

/* Which bytes a match can begin with; not known where it can be empty or looks round itself. */
static void find_first(struct regex *regex) {
  int top = 0;
  regex->quick = true;
  regex->mark++;
  regex->stack[top++] = 0;
  while (top > 0) {
    int at = regex->stack[--top];
    if (regex->seen[at] == regex->mark) continue;
    regex->seen[at] = regex->mark;
    const struct step *each = &regex->steps[at];
    if (each->kind == S_BYTE) put(regex->first, (unsigned char)each->a);
    else if (each->kind == S_SET) for (int i = 0; i < 32; i++) regex->first[i] |= regex->sets[each->a][i];
    else if (each->kind == S_SPLIT) {
      regex->stack[top++] = each->a;
      regex->stack[top++] = each->b;
    } else if (each->kind == S_JUMP) regex->stack[top++] = each->a;
    else regex->quick = false;
  }
}

struct regex *regex_make(const char *text, size_t size, bool any_case, const char **why) {
  struct regex *regex = calloc(1, sizeof *regex);
  struct parser *parser = calloc(1, sizeof *parser);
  *why = "there is no memory";
  if (regex != NULL && parser != NULL) {
    regex->any_case = any_case;
    *parser = (struct parser){.at = text, .end = text + size, .regex = regex};
    int all = regex_parse(parser);
    write_out(parser, all);
    step(parser, S_FOUND, 0, 0);
    *why = parser->why;
    if (*why == NULL) find_first(regex);
  }
  free(parser);
  if (*why == NULL) return regex;
  free(regex);
  return NULL;
}

static bool is_word(const char *line, size_t size, size_t at) {
  unsigned char set[32] = {0};
  if (at >= size) return false;
  class_of('w', set);
  return in(set, (unsigned char)line[at]);
}

/* Adds a step and all that follows without a byte. True when the pattern is found. */
static bool add(struct regex *regex, int from, int *list, int *count, const char *line, size_t size, size_t at) {
  int top = 0;
  regex->stack[top++] = from;
  while (top > 0) {
    int index = regex->stack[--top];
    if (regex->seen[index] == regex->mark) continue;
    regex->seen[index] = regex->mark;
    const struct step *each = &regex->steps[index];
    bool edge;
    switch (each->kind) {
      case S_FOUND:
        return true;
      case S_SPLIT:
        regex->stack[top++] = each->b;
        regex->stack[top++] = each->a;
        break;
      case S_JUMP:
        regex->stack[top++] = each->a;
        break;
      case S_START:
        if (at == 0) regex->stack[top++] = index + 1;
        break;
      case S_END:
        if (at == size) regex->stack[top++] = index + 1;
        break;
      case S_EDGE:
      case S_NO_EDGE:
        edge = (at > 0 && is_word(line, size, at - 1)) != is_word(line, size, at);
        if (edge == (each->kind == S_EDGE)) regex->stack[top++] = index + 1;
        break;
      default:
        list[(*count)++] = index;
    }
  }
  return false;
}

bool regex_find(struct regex *regex, const char *line, size_t size) {
  int count = 0;
  int *now = regex->now;
  int *next = regex->next;
  for (size_t at = 0;; at++) {
    if (count == 0) {
      if (regex->quick) {
        while (at < size && !in(regex->first, (unsigned char)line[at])) at++;
        if (at >= size) return false;
      }
      regex->mark++;
    }
    /* A match may begin here, too: what was added for this place is marked already. */
    if (add(regex, 0, now, &count, line, size, at)) return true;
    if (at >= size) return false;
    int left = 0;
    regex->mark++;
    for (int i = 0; i < count; i++) {
      const struct step *each = &regex->steps[now[i]];
      bool fits = each->kind == S_BYTE ? (unsigned char)line[at] == each->a : in(regex->sets[each->a], (unsigned char)line[at]);
      if (fits && add(regex, now[i] + 1, next, &left, line, size, at + 1)) return true;
    }
    int *swap = now;
    now = next;
    next = swap;
    count = left;
  }
}
