#include "environment.h"

#include <stdlib.h>
#include <windows.h>

#include "text.h"

/* Windows takes `Path` and `PATH` for one variable. What cannot be compared is not the same. */
static int compare(const wchar_t *one, size_t one_size, const wchar_t *other, size_t other_size) {
  int order = CompareStringOrdinal(one, (int)one_size, other, (int)other_size, TRUE);
  return order == 0 ? 1 : order - CSTR_EQUAL;
}

/* Length of the name in `NAME=VALUE`; 0 for what has none, such as `=C:=C:\here`, which cmd.exe keeps. */
static size_t name_size(const wchar_t *variable) {
  const wchar_t *equals = wcschr(variable, L'=');
  return equals == NULL ? 0 : (size_t)(equals - variable);
}

static bool matches(const char *word, const wchar_t *name, size_t size) {
  wchar_t *wanted = wide(word);
  size_t length = wcslen(wanted);
  bool prefix = length > 1 && wanted[length - 1] == L'*';
  if (prefix) length--;
  bool fits = (prefix ? size >= length : size == length) && compare(wanted, length, name, length) == 0;
  free(wanted);
  return fits;
}

static bool keeps(const struct plan *plan, const wchar_t *name, size_t size) {
  bool kept = false;
  for (size_t i = 0; i < plan->count; i++) {
    const struct step *step = &plan->steps[i];
    if (step->verb == V_KEEP && matches(step->words[0], name, size)) kept = true;
  }
  for (size_t i = 0; kept && i < plan->count; i++) {
    const struct step *step = &plan->steps[i];
    if (step->verb != V_SET) continue;
    wchar_t *set = wide(step->words[0]);
    if (compare(set, wcslen(set), name, size) == 0) kept = false;
    free(set);
  }
  return kept;
}

static int by_name(const void *one, const void *other) {
  const wchar_t *a = *(wchar_t *const *)one;
  const wchar_t *b = *(wchar_t *const *)other;
  return compare(a, name_size(a), b, name_size(b));
}

wchar_t *environment_make(const struct plan *plan) {
  wchar_t *caller = GetEnvironmentStringsW();
  if (caller == NULL) fail(EXIT_OURS, "the environment cannot be read", NULL);
  size_t most = plan->count;
  for (const wchar_t *one = caller; *one != L'\0'; one += wcslen(one) + 1) most++;
  wchar_t **found = room((most + 1) * sizeof *found);
  size_t count = 0;
  size_t whole = 2;
  for (wchar_t *one = caller; *one != L'\0'; one += wcslen(one) + 1) {
    size_t size = name_size(one);
    if (size > 0 && keeps(plan, one, size)) found[count++] = one;
  }
  for (size_t i = 0; i < plan->count; i++) {
    const struct step *step = &plan->steps[i];
    if (step->verb != V_SET) continue;
    wchar_t *name = wide(step->words[0]);
    wchar_t *value = wide(step->words[1]);
    wchar_t *made = room((wcslen(name) + wcslen(value) + 2) * sizeof *made);
    wcscpy(made, name);
    wcscat(made, L"=");
    wcscat(made, value);
    found[count++] = made;
    free(name);
    free(value);
  }
  qsort(found, count, sizeof *found, by_name);
  for (size_t i = 0; i < count; i++) whole += wcslen(found[i]) + 1;
  wchar_t *block = room(whole * sizeof *block);
  wchar_t *to = block;
  for (size_t i = 0; i < count; i++) {
    wcscpy(to, found[i]);
    to += wcslen(found[i]) + 1;
  }
  return block;
}

const wchar_t *environment_find(const wchar_t *block, const wchar_t *name) {
  for (const wchar_t *one = block; *one != L'\0'; one += wcslen(one) + 1) {
    size_t size = name_size(one);
    if (compare(one, size, name, wcslen(name)) == 0) return one + size + 1;
  }
  return NULL;
}
