/*
 * The launcher of sandboxes for Windows: experimental, run under wine only so far.
 *
 * `plan FILE` carries out a plan of the caller's; `--explain FILE` prints one. It asks no supervisor: a session that
 * Gatehouse supervises cannot be started with it yet.
 */
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "launch.h"
#include "text.h"

#ifndef GATEHOUSE_VERSION
#error "GATEHOUSE_VERSION is set by native/compile.mjs"
#endif

/* Words with a star in them are the command's own. */
int _dowildcard = 0;

static struct launch launch;

/* The whole file; ends the process when it cannot be read. */
static char *read_plan(const wchar_t *path, size_t *size) {
  bool input = wcscmp(path, L"-") == 0;
  HANDLE file = input ? GetStdHandle(STD_INPUT_HANDLE) : CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
  if (file == NULL || file == INVALID_HANDLE_VALUE) fail(EXIT_OURS, "the plan cannot be read:", narrow(path));
  char *text = room(MAX_PLAN_BYTES + 1);
  *size = 0;
  for (;;) {
    DWORD got = 0;
    BOOL fine = ReadFile(file, text + *size, (DWORD)(MAX_PLAN_BYTES + 1 - *size), &got, NULL);
    if (!fine && GetLastError() != ERROR_BROKEN_PIPE) fail(EXIT_OURS, "the plan cannot be read:", narrow(path));
    if (!fine || got == 0) break;
    *size += got;
    if (*size > MAX_PLAN_BYTES) fail(EXIT_OURS, "the plan is too long", NULL);
  }
  if (!input) CloseHandle(file);
  return text;
}

static void take_plan(const wchar_t *path) {
  size_t size;
  char *text = read_plan(path, &size);
  if (!plan_parse(&launch.plan, text, size)) fail(EXIT_REFUSED, "the launch plan is refused:", launch.plan.problem);
}

static HANDLE open_report(const wchar_t *path) {
  HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
  if (file == INVALID_HANDLE_VALUE) fail(EXIT_OURS, "the report cannot be written:", narrow(path));
  return file;
}

static void write_report(HANDLE file) {
  static char json[8192];
  size_t size = report_json(&launch.report, json, sizeof json);
  DWORD written = 0;
  if (size == 0 || !WriteFile(file, json, (DWORD)size, &written, NULL) || written != size) fail(EXIT_OURS, "the report cannot be written", NULL);
  CloseHandle(file);
}

/* Ctrl-C reaches the command by itself, and its end is ours. Closing the console ends us, and with us the job. */
static BOOL WINAPI leave_to_command(DWORD event) { return event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT; }

static int run_plan(int count, wchar_t **words) {
  HANDLE report = INVALID_HANDLE_VALUE;
  int at = 1;
  if (count > 2 && wcscmp(words[1], L"--report") == 0) at = 3;
  if (count < at + 2 || wcscmp(words[at], L"--") != 0) fail(EXIT_OURS, "usage: gatehouse-sandbox plan FILE [--report FILE] -- COMMAND...", NULL);
  take_plan(words[0]);
  if (at == 3) report = open_report(words[2]);
  launch_start(&launch, words + at + 1);
  if (report != INVALID_HANDLE_VALUE) write_report(report);
  SetConsoleCtrlHandler(leave_to_command, TRUE);
  struct ended ended = launch_serve(&launch);
  if (launch.job.refused > 0) {
    fprintf(stderr, "gatehouse: a limit of processes or memory was met %u times\n", launch.job.refused);
    fflush(stderr);
  }
  if (ended.reason != NULL) {
    fail_subject("the command was ended");
    fail((int)ended.code, ended.reason, NULL);
  }
  ExitProcess(ended.code);
}

static int explain(const wchar_t *path) {
  take_plan(path);
  _setmode(_fileno(stdout), _O_BINARY);
  plan_explain(&launch.plan, stdout);
  return fflush(stdout) == 0 ? 0 : EXIT_OURS;
}

int wmain(int count, wchar_t **words) {
  if (count == 2 && wcscmp(words[1], L"--version") == 0) {
    puts("gatehouse-sandbox " GATEHOUSE_VERSION);
    return 0;
  }
  if (count == 3 && wcscmp(words[1], L"--explain") == 0) return explain(words[2]);
  if (count > 2 && wcscmp(words[1], L"plan") == 0) return run_plan(count - 2, words + 2);
  fail(EXIT_OURS, "usage: gatehouse-sandbox plan FILE [--report FILE] -- COMMAND...", NULL);
}
