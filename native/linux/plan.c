#define _GNU_SOURCE
#include "plan.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../client/sha256.h"

/* Shape of a verb's words: p absolute path, t text, n number, w one of `choices`. */
static const struct shape {
  const char *name;
  const char *words;
  const char *choices;
  const char *told;
} shapes[VERBS] = {
    [V_LEVEL] = {"level", "w", "|off|standard|strict|maximum|", "asks for the level %s"},
    [V_NEED] = {"need", "t", NULL, "refuses to start without %s"},
    [V_NET] = {"net", "w", "|empty|host|", "network namespace: %s"},
    [V_NS] = {"ns", "w", "|ipc|uts|cgroup|", "a namespace of its own: %s"},
    [V_LISTEN] = {"listen", "wn", "|agent-door|http-proxy|socks5|", "serves %s on 127.0.0.1:%s from outside"},
    [V_UID] = {"uid", "n", NULL, "runs as user %s when started as root"},
    [V_HOSTNAME] = {"hostname", "t", NULL, "is called %s"},
    [V_SIZE] = {"size", "n", NULL, "what is in memory holds at most %s bytes"},
    [V_TREE] = {"tree", "wpp", "|ro|rw|", "%s: %s as %s"},
    [V_OWN] = {"own", "wpp", "|ro|rw|", "%s: %s as %s, owned by the command's user"},
    [V_COW] = {"cow", "ppp", NULL, "copy-on-write: %s as %s, what is written goes to %s"},
    [V_LINK] = {"link", "tp", NULL, "link to %s at %s"},
    [V_DIR] = {"dir", "p", NULL, "empty folder %s"},
    [V_SCRATCH] = {"scratch", "p", NULL, "writable and gone at the end: %s"},
    [V_CLOSED] = {"closed", "p", NULL, "holds only what other steps put there: %s"},
    [V_FILE] = {"file", "tp", NULL, "file with the text \"%s\" at %s"},
    [V_GUARD] = {"guard", "wp", "|ro|pin|", "guarded (%s): %s"},
    [V_CWD] = {"cwd", "p", NULL, "starts in %s"},
    [V_KEEP] = {"keep", "t", NULL, "keeps the variable %s"},
    [V_SET] = {"set", "tt", NULL, "sets the variable %s to %s"},
    [V_LIMIT] = {"limit", "wn", "|processes|files|data|filesize|core|", "at most: %s %s"},
    [V_ALLOW] = {"allow", "w", "|unix|route|", "lets sockets of the family %s through"},
    [V_NOTIFY] = {"notify", "", NULL, "tells of denied system calls"},
    [V_MDWE] = {"mdwe", "", NULL, "no memory becomes executable"},
    [V_SESSION] = {"session", "n", NULL, "ends after %s seconds"},
    [V_IDLE] = {"idle", "n", NULL, "ends after %s seconds in which nothing moves"},
    [V_WATCH] = {"watch", "p", NULL, "looks for new protected names below %s at the end"},
    [V_NAME] = {"name", "t", NULL, "a protected name: %s"},
#ifdef GATEHOUSE_SEATBELT
    [V_PROFILE] = {"profile", "t", NULL, "confined by the profile %s"},
    [V_PARAM] = {"param", "tt", NULL, "in which %s is %s"},
#endif
};

static bool refuse(struct plan *plan, size_t line, const char *why) {
  snprintf(plan->problem, sizeof plan->problem, "line %zu: %s", line, why);
  plan->count = 0;
  return false;
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

/* Absolute, without empty, `.` or `..` parts; `/` alone is none either. */
static bool is_plain_path(const char *path) {
  if (path[0] != '/' || path[1] == '\0' || strlen(path) >= PATH_MAX) return false;
  for (const char *part = path; *part == '/';) {
    const char *start = ++part;
    while (*part != '\0' && *part != '/') part++;
    size_t length = (size_t)(part - start);
    if (length == 0 || (length == 1 && start[0] == '.') || (length == 2 && start[0] == '.' && start[1] == '.')) return false;
  }
  return true;
}

static bool is_number(const char *word, long long *number) {
  size_t length = strlen(word);
  if (length == 0 || length > 18 || strspn(word, "0123456789") != length) return false;
  *number = atoll(word);
  return true;
}

static bool is_choice(const char *word, const char *choices) {
  char wanted[64];
  int size = snprintf(wanted, sizeof wanted, "|%s|", word);
  return size > 0 && (size_t)size < sizeof wanted && strchr(word, '|') == NULL && strstr(choices, wanted) != NULL;
}

static const char *read_step(struct step *step, char *line) {
  char *name = strsep(&line, " ");
  int verb = 0;
  while (verb < VERBS && strcmp(shapes[verb].name, name) != 0) verb++;
  if (verb == VERBS) return "a verb that this launcher does not know";
  step->verb = (enum verb)verb;
  const struct shape *shape = &shapes[verb];
  for (size_t i = 0; shape->words[i] != '\0'; i++) {
    char *word = strsep(&line, " ");
    if (word == NULL) return "a word is missing";
    if (!decode(word)) return "a word that is not encoded well";
    step->words[i] = word;
    switch (shape->words[i]) {
      case 'p':
        if (!is_plain_path(word)) return "a path that is not absolute and plain";
        break;
      case 'n':
        if (!is_number(word, &step->number)) return "a number that is none";
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
  for (char *rest = text, *line; (line = strsep(&rest, "\n")) != NULL;) {
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

const struct step *plan_find(const struct plan *plan, enum verb verb) {
  for (size_t i = 0; i < plan->count; i++) {
    if (plan->steps[i].verb == verb) return &plan->steps[i];
  }
  return NULL;
}

bool plan_has(const struct plan *plan, enum verb verb, const char *word) {
  for (size_t i = 0; i < plan->count; i++) {
    if (plan->steps[i].verb == verb && strcmp(plan->steps[i].words[0], word) == 0) return true;
  }
  return false;
}

void plan_explain(const struct plan *plan, FILE *out) {
  for (size_t i = 0; i < plan->count; i++) {
    const struct step *step = &plan->steps[i];
    fprintf(out, "%4zu  ", i + 1);
    size_t next = 0;
    for (const char *told = shapes[step->verb].told; *told != '\0'; told++) {
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
