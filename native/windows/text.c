#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>

static const char *subject = "the command was not run";

void fail_subject(const char *what) { subject = what; }

void fail(int code, const char *why, const char *detail) {
  char line[1024] = "gatehouse: ";
  const char *parts[] = {subject, ": ", why, detail == NULL ? "" : " ", detail == NULL ? "" : detail};
  size_t used = strlen(line);
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    for (const char *c = parts[i]; *c != '\0' && used < sizeof line - 1; c++) {
      line[used++] = (unsigned char)*c < 0x20 || *c == 0x7f ? '?' : *c;
    }
  }
  line[used++] = '\n';
  DWORD written;
  WriteFile(GetStdHandle(STD_ERROR_HANDLE), line, (DWORD)used, &written, NULL);
  ExitProcess((UINT)code);
}

void *room(size_t size) {
  void *made = calloc(1, size);
  if (made == NULL) fail(EXIT_OURS, "there is no memory", NULL);
  return made;
}

wchar_t *wide(const char *text) {
  int size = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, NULL, 0);
  if (size <= 0) fail(EXIT_REFUSED, "the launch plan is refused: a word that is not UTF-8", NULL);
  wchar_t *made = room((size_t)size * sizeof *made);
  MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, made, size);
  return made;
}

char *narrow(const wchar_t *text) {
  int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
  char *made = room(size > 0 ? (size_t)size : 1);
  if (size > 0) WideCharToMultiByte(CP_UTF8, 0, text, -1, made, size, NULL, NULL);
  return made;
}
