#include "command.h"

#include <stdbool.h>
#include <stdlib.h>
#include <windows.h>

#include "text.h"

enum { LONGEST = 32 * 1024 };

static bool is_file(const wchar_t *path) {
  DWORD facts = GetFileAttributesW(path);
  return facts != INVALID_FILE_ATTRIBUTES && (facts & FILE_ATTRIBUTE_DIRECTORY) == 0;
}

static bool ends_with(const wchar_t *text, const wchar_t *end) {
  size_t size = wcslen(text);
  size_t tail = wcslen(end);
  return size >= tail && _wcsicmp(text + size - tail, end) == 0;
}

static bool is_batch(const wchar_t *path) { return ends_with(path, L".bat") || ends_with(path, L".cmd"); }

/* The file, or the one of its name with an ending that can be run; NULL when there is neither. */
static wchar_t *try_path(const wchar_t *folder, size_t size, const wchar_t *word) {
  static const wchar_t *const endings[] = {L"", L".exe", L".com", L".cmd", L".bat"};
  wchar_t *path = room((size + wcslen(word) + 8) * sizeof *path);
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
    wcsncpy(path, folder, size);
    path[size] = L'\0';
    if (size > 0 && path[size - 1] != L'\\') wcscat(path, L"\\");
    wcscat(path, word);
    wcscat(path, endings[i]);
    /* A file without an ending is a script for other shells: npm puts one beside each .cmd. */
    bool bare = i == 0 && !ends_with(path, L".exe") && !ends_with(path, L".com") && !is_batch(path);
    if (!bare && is_file(path)) return path;
  }
  free(path);
  return NULL;
}

static wchar_t *on_path(const wchar_t *word, const wchar_t *path) {
  for (const wchar_t *at = path; at != NULL && *at != L'\0';) {
    const wchar_t *end = wcschr(at, L';');
    size_t size = end == NULL ? wcslen(at) : (size_t)(end - at);
    const wchar_t *folder = at;
    at = end == NULL ? NULL : end + 1;
    if (size >= 2 && folder[0] == L'"' && folder[size - 1] == L'"') {
      folder++;
      size -= 2;
    }
    if (size < 3 || folder[1] != L':' || folder[2] != L'\\') continue;
    wchar_t *found = try_path(folder, size, word);
    if (found != NULL) return found;
  }
  return NULL;
}

wchar_t *command_program(const wchar_t *word, const wchar_t *path) {
  wchar_t *found;
  if (wcspbrk(word, L"\\/:") != NULL) {
    wchar_t *whole = room(LONGEST * sizeof *whole);
    DWORD size = GetFullPathNameW(word, LONGEST, whole, NULL);
    found = size == 0 || size >= LONGEST ? NULL : try_path(L"", 0, whole);
    free(whole);
  } else {
    found = on_path(word, path);
  }
  if (found == NULL) fail(EXIT_MISSING, "there is no such program:", narrow(word));
  if (is_batch(found)) fail(EXIT_REFUSED, "a batch file is not started, because cmd.exe reads its words as commands; hint: start the program that it starts:", narrow(found));
  return found;
}

/* Backslashes count only before a quotation mark: there each is doubled, and the mark gets one of its own. */
static wchar_t *put_word(wchar_t *to, const wchar_t *word) {
  if (*word != L'\0' && wcspbrk(word, L" \t\n\v\"") == NULL) {
    wcscpy(to, word);
    return to + wcslen(word);
  }
  *to++ = L'"';
  for (const wchar_t *at = word;; at++) {
    size_t slashes = 0;
    for (; *at == L'\\'; at++) slashes++;
    bool doubled = *at == L'\0' || *at == L'"';
    for (size_t i = 0; i < slashes * (doubled ? 2 : 1); i++) *to++ = L'\\';
    if (*at == L'\0') break;
    if (*at == L'"') *to++ = L'\\';
    *to++ = *at;
  }
  *to++ = L'"';
  return to;
}

wchar_t *command_line(wchar_t *const *words) {
  size_t most = 1;
  for (size_t i = 0; words[i] != NULL; i++) most += 2 * wcslen(words[i]) + 3;
  wchar_t *line = room(most * sizeof *line);
  wchar_t *to = line;
  for (size_t i = 0; words[i] != NULL; i++) {
    if (i > 0) *to++ = L' ';
    to = put_word(to, words[i]);
  }
  *to = L'\0';
  if (wcslen(line) >= LONGEST - 1) fail(EXIT_OURS, "the command is longer than Windows takes", NULL);
  return line;
}
