#define _GNU_SOURCE
#define __STDC_WANT_LIB_EXT1__ 1
#include "environment.h"

#include <stdlib.h>
#include <string.h>

#ifdef __APPLE__
#define explicit_bzero(text, size) memset_s(text, size, 0, size)
#endif

static bool keeps(const struct plan *plan, const char *variable, size_t name) {
  for (size_t i = 0; i < plan->count; i++) {
    const struct step *step = &plan->steps[i];
    const char *word = step->words[0];
    if (step->verb == V_SET && strlen(word) == name && memcmp(word, variable, name) == 0) return false;
  }
  for (size_t i = 0; i < plan->count; i++) {
    const struct step *step = &plan->steps[i];
    if (step->verb != V_KEEP) continue;
    const char *word = step->words[0];
    size_t length = strlen(word);
    if (length > 1 && word[length - 1] == '*' && name >= length - 1 && memcmp(word, variable, length - 1) == 0) return true;
    if (length == name && memcmp(word, variable, name) == 0) return true;
  }
  return false;
}

char **environment_make(const struct plan *plan, char *const *caller) {
  size_t count = 0;
  size_t most = 1;
  for (size_t i = 0; caller[i] != NULL; i++) most++;
  char **made = calloc(most + plan->count, sizeof *made);
  if (made == NULL) return NULL;
  for (size_t i = 0; caller[i] != NULL; i++) {
    const char *equals = strchr(caller[i], '=');
    if (equals == NULL || equals == caller[i] || !keeps(plan, caller[i], (size_t)(equals - caller[i]))) continue;
    made[count] = strdup(caller[i]);
    if (made[count++] == NULL) return NULL;
  }
  for (size_t i = 0; i < plan->count; i++) {
    const struct step *step = &plan->steps[i];
    if (step->verb != V_SET) continue;
    if (asprintf(&made[count], "%s=%s", step->words[0], step->words[1]) < 0) return NULL;
    count++;
  }
  return made;
}

void environment_wipe(char **caller) {
  for (size_t i = 0; caller[i] != NULL; i++) explicit_bzero(caller[i], strlen(caller[i]));
}
