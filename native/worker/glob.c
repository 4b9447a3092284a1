#define _GNU_SOURCE
#include <string.h>

#include "pattern.h"

bool glob_parse(struct glob *glob, const char *text) {
  if (text[0] == '/' || text[0] == '\0' || strlen(text) >= sizeof glob->text) return false;
  strcpy(glob->text, text);
  glob->count = 0;
  for (char *at = glob->text; at != NULL && *at != '\0';) {
    char *slash = strchr(at, '/');
    if (slash != NULL) *slash++ = '\0';
    if (strcmp(at, "..") == 0) return false;
    bool again = glob->count > 0 && strcmp(at, "**") == 0 && strcmp(glob->parts[glob->count - 1], "**") == 0;
    if (*at != '\0' && strcmp(at, ".") != 0 && !again) {
      if (glob->count == MOST_PARTS) return false;
      glob->parts[glob->count++] = at;
    }
    at = slash;
  }
  return glob->count > 0;
}

/* Two stars may stand for no part at all: where they are next, so is what follows them. */
static uint64_t opened(const struct glob *glob, uint64_t at) {
  for (size_t i = 0; i < glob->count; i++) {
    if ((at >> i & 1) != 0 && strcmp(glob->parts[i], "**") == 0) at |= (uint64_t)1 << (i + 1);
  }
  return at;
}

uint64_t glob_begin(const struct glob *glob) { return opened(glob, 1); }

uint64_t glob_step(const struct glob *glob, uint64_t at, const char *part) {
  uint64_t next = 0;
  for (size_t i = 0; i < glob->count; i++) {
    if ((at >> i & 1) == 0) continue;
    if (strcmp(glob->parts[i], "**") == 0) next |= (uint64_t)1 << i;
    else if (glob_part(glob->parts[i], part)) next |= (uint64_t)1 << (i + 1);
  }
  return opened(glob, next);
}

bool glob_ends(const struct glob *glob, uint64_t at) { return (at >> glob->count & 1) != 0; }

/* One character of a name: the bytes of it in UTF-8, one where it is none. */
static size_t length_of(const char *text) {
  unsigned char first = (unsigned char)*text;
  size_t length = first < 0xc2 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 1;
  for (size_t i = 1; i < length; i++) {
    if (((unsigned char)text[i] & 0xc0) != 0x80) return 1;
  }
  return length;
}

/* `[a-z]` at *part against the byte; moves *part behind it. A bracket that does not end is a letter. */
static bool bracket(const char **part, unsigned char byte) {
  const char *at = *part + 1;
  bool no = *at == '!' || *at == '^';
  bool found = false;
  if (no) at++;
  const char *first = at;
  while (*at != '\0' && (*at != ']' || at == first)) {
    unsigned char low = (unsigned char)*at++;
    unsigned char high = low;
    if (at[0] == '-' && at[1] != ']' && at[1] != '\0') {
      high = (unsigned char)at[1];
      at += 2;
    }
    if (byte >= low && byte <= high) found = true;
  }
  if (*at != ']') {
    *part += 1;
    return byte == '[';
  }
  *part = at + 1;
  return found != no;
}

bool glob_part(const char *part, const char *name) {
  const char *star = NULL; /* behind the last star, and where in the name it stood */
  const char *held = NULL;
  while (*name != '\0') {
    if (*part == '*') {
      star = ++part;
      held = name;
      continue;
    }
    const char *next = part;
    bool fits = false;
    size_t length = 1;
    if (*part == '?') {
      fits = true;
      length = length_of(name);
      next = part + 1;
    } else if (*part == '[') {
      fits = bracket(&next, (unsigned char)*name);
    } else if (*part == '\\' && part[1] != '\0') {
      fits = part[1] == *name;
      next = part + 2;
    } else if (*part != '\0') {
      fits = *part == *name;
      next = part + 1;
    }
    if (fits) {
      part = next;
      name += length;
    } else if (star != NULL) {
      part = star;
      name = ++held;
    } else {
      return false;
    }
  }
  while (*part == '*') part++;
  return *part == '\0';
}
