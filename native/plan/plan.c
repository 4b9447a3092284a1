#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "../client/sha256.h"

/* Of a number, and of a count: see plan.h. */
enum { MOST_DIGITS = 18, MOST_COUNT_DIGITS = 15 };

static bool refuse(struct plan *plan, size_t line, const char *why) {
  snprintf(plan->problem, sizeof plan->problem, "line %u: %s", (unsigned)line, why);
  plan->count = 0;
  return false;
}

/* The part up to `end` of *rest, which then stands behind it; NULL when nothing is left. */
static char *cut(char **rest, char end) {
  char *part = *rest;
  if (part == NULL) return NULL;
  char *stop = strchr(part, end);
  *rest = stop == NULL ? NULL : stop + 1;
  if (stop != NULL) *stop = '\0';
  return part;
}

static int hex(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

/* In place. False for what encodes nothing, and for a zero byte. */
static bool decode(char *word) {
  char *to = word;
  for (const char *from = word; *from != '\0'; from++) {
    if (*from != '%') {
      *to++ = *from;
      continue;
    }
    int high = hex(from[1]);
    int low = high < 0 ? -1 : hex(from[2]);
    if (low < 0 || (high == 0 && low == 0)) return false;
    *to++ = (char)(high * 16 + low);
    from += 2;
  }
  *to = '\0';
  return true;
}

static bool is_number(const char *word, size_t most, long long *number) {
  size_t length = strlen(word);
  if (length == 0 || length > most || strspn(word, "0123456789") != length) return false;
  *number = strtoll(word, NULL, 10);
  return true;
}

static bool is_choice(const char *word, const char *choices) {
  char wanted[64];
  int size = snprintf(wanted, sizeof wanted, "|%s|", word);
  return size > 0 && (size_t)size < sizeof wanted && strchr(word, '|') == NULL && strstr(choices, wanted) != NULL;
}

static bool is_variable(const char *word) { return word[0] != '\0' && strchr(word, '=') == NULL; }

static const char *read_step(struct step *step, char *line) {
  char *name = cut(&line, ' ');
  int verb = 0;
  while (verb < plan_verb_count && strcmp(plan_verbs[verb].name, name) != 0) verb++;
  if (verb == plan_verb_count) return "a verb that this launcher does not know";
  step->verb = verb;
  const struct shape *shape = &plan_verbs[verb];
  for (size_t i = 0; shape->words[i] != '\0'; i++) {
    char *word = cut(&line, ' ');
    if (word == NULL) return "a word is missing";
    if (!decode(word)) return "a word that is not encoded well";
    step->words[i] = word;
    switch (shape->words[i]) {
      case 'p':
        if (!plan_path_is_plain(word)) return "a path that is not absolute and plain";
        break;
      case 'n':
        if (!is_number(word, MOST_DIGITS, &step->number)) return "a number that is none";
        break;
      case 'c':
        if (!is_number(word, MOST_COUNT_DIGITS, &step->number) || step->number == 0) return "a number that is none";
        break;
      case 'v':
        if (!is_variable(word)) return "a variable that can have no such name";
        break;
      case 'w':
        if (!is_choice(word, shape->choices)) return "a word that this verb does not know";
        break;
      default:
        break;
    }
  }
  return line == NULL ? NULL : "more words than the verb has";
}

static void put_hash(struct plan *plan, const char *text, size_t size) {
  struct sha256 hash;
  unsigned char digest[SHA256_BYTES];
  sha256_start(&hash);
  sha256_add(&hash, (const unsigned char *)text, size);
  sha256_end(&hash, digest);
  for (size_t i = 0; i < SHA256_BYTES; i++) snprintf(plan->hash + 2 * i, 3, "%02x", digest[i]);
}

bool plan_parse(struct plan *plan, char *text, size_t size) {
  plan->count = 0;
  plan->hash[0] = plan->problem[0] = '\0';
  if (size == 0 || size > MAX_PLAN_BYTES || text[size - 1] != '\n') return refuse(plan, 0, "it does not end with a line");
  if (memchr(text, '\0', size) != NULL) return refuse(plan, 0, "it holds a zero byte");
  put_hash(plan, text, size);
  text[size - 1] = '\0';
  size_t number = 0;
  bool ended = false;
  for (char *rest = text, *line; (line = cut(&rest, '\n')) != NULL;) {
    number++;
    if (number == 1) {
      if (strcmp(line, "gatehouse-launch 1") != 0) return refuse(plan, 1, "not a plan that this launcher reads");
      continue;
    }
    if (ended) return refuse(plan, number, "something comes after its end");
    if (strcmp(line, "end") == 0) {
      ended = true;
      continue;
    }
    if (plan->count == MAX_PLAN_STEPS) return refuse(plan, number, "too many steps");
    /* One by one: most of the room for them is never touched. */
    memset(&plan->steps[plan->count], 0, sizeof plan->steps[plan->count]);
    const char *why = read_step(&plan->steps[plan->count], line);
    if (why != NULL) return refuse(plan, number, why);
    plan->count++;
  }
  return ended || refuse(plan, number, "it has no end");
}

const struct step *plan_find(const struct plan *plan, int verb) {
  for (size_t i = 0; i < plan->count; i++) {
    if (plan->steps[i].verb == verb) return &plan->steps[i];
  }
  return NULL;
}

const struct step *plan_word(const struct plan *plan, int verb, const char *word) {
  for (size_t i = 0; i < plan->count; i++) {
    if (plan->steps[i].verb == verb && strcmp(plan->steps[i].words[0], word) == 0) return &plan->steps[i];
  }
  return NULL;
}

void plan_explain(const struct plan *plan, FILE *out) {
  for (size_t i = 0; i < plan->count; i++) {
    const struct step *step = &plan->steps[i];
    fprintf(out, "%4u  ", (unsigned)i + 1);
    size_t next = 0;
    for (const char *told = plan_verbs[step->verb].told; *told != '\0'; told++) {
      if (told[0] != '%' || told[1] != 's') {
        fputc(*told, out);
        continue;
      }
      told++;
      for (const unsigned char *c = (const unsigned char *)step->words[next]; *c != '\0'; c++) {
        fputc(*c < 0x20 || *c == 0x7f ? '?' : *c, out);
      }
      next++;
    }
    fputc('\n', out);
  }
  fprintf(out, "hash  %s\n", plan->hash);
}
