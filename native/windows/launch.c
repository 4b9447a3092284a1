#include "launch.h"

#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "desktop.h"
#include "environment.h"
#include "mitigate.h"
#include "text.h"
#include "token.h"

enum { STREAMS = 3, LISTEN_MS = 100 };

static const DWORD stream_names[STREAMS] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};

static const char *error_text(DWORD error) {
  static char text[32];
  snprintf(text, sizeof text, "error %lu", error);
  return text;
}

/* Through a folder's handle everything below it is reached without its path. */
static void refuse_folder(HANDLE stream) {
  BY_HANDLE_FILE_INFORMATION facts;
  if (GetFileInformationByHandle(stream, &facts) && (facts.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0)
    fail(EXIT_OURS, "one of its standard streams is a folder; hint: give it a file, a pipe or a terminal", NULL);
}

/* Copies that the command inherits. Each is a handle of its own, so that the list names none twice. */
static void make_streams(HANDLE *streams) {
  for (int i = 0; i < STREAMS; i++) {
    HANDLE own = GetStdHandle(stream_names[i]);
    if (own == NULL || own == INVALID_HANDLE_VALUE) {
      SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
      streams[i] = CreateFileW(L"NUL", i == 0 ? GENERIC_READ : GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited, OPEN_EXISTING, 0, NULL);
      if (streams[i] == INVALID_HANDLE_VALUE) fail(EXIT_OURS, "a standard stream is missing:", error_text(GetLastError()));
      continue;
    }
    refuse_folder(own);
    if (!DuplicateHandle(GetCurrentProcess(), own, GetCurrentProcess(), &streams[i], 0, TRUE, DUPLICATE_SAME_ACCESS))
      fail(EXIT_OURS, "a standard stream cannot be handed on:", error_text(GetLastError()));
  }
}

static LPPROC_THREAD_ATTRIBUTE_LIST make_attributes(HANDLE *streams, DWORD64 *policy) {
  SIZE_T size = 0;
  InitializeProcThreadAttributeList(NULL, 2, 0, &size);
  LPPROC_THREAD_ATTRIBUTE_LIST list = room(size);
  if (!InitializeProcThreadAttributeList(list, 2, 0, &size) ||
      !UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, streams, STREAMS * sizeof *streams, NULL, NULL))
    fail(EXIT_REFUSED, "what is inherited cannot be limited:", error_text(GetLastError()));
  /* A Windows that does not know a policy refuses them all; what then holds is read back. */
  if (*policy != 0) UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY, policy, sizeof *policy, NULL, NULL);
  return list;
}

static void make_folders(const struct plan *plan) {
  for (size_t i = 0; i < plan->count; i++) {
    if (plan->steps[i].verb != V_DIR) continue;
    wchar_t *path = wide(plan->steps[i].words[0]);
    if (!CreateDirectoryW(path, NULL) && GetLastError() != ERROR_ALREADY_EXISTS)
      fail(EXIT_REFUSED, "a folder cannot be made:", plan->steps[i].words[0]);
    free(path);
  }
}

static void create(struct launch *launch, wchar_t *const *command) {
  STARTUPINFOEXW start;
  PROCESS_INFORMATION made;
  HANDLE streams[STREAMS];
  DWORD problem;
  const struct step *cwd = plan_find(&launch->plan, V_CWD);
  const DWORD flags = CREATE_SUSPENDED | CREATE_UNICODE_ENVIRONMENT | EXTENDED_STARTUPINFO_PRESENT;
  HANDLE token = token_make(&launch->plan, &problem);
  if (problem != 0) fail(EXIT_REFUSED, "a token with less in it cannot be made:", error_text(problem));
  wchar_t *environment = environment_make(&launch->plan);
  wchar_t *program = command_program(command[0], environment_find(environment, L"PATH"));
  wchar_t *line = command_line(command);
  DWORD64 policy = mitigate_policy(&launch->plan);
  make_folders(&launch->plan);
  make_streams(streams);
  memset(&start, 0, sizeof start);
  start.StartupInfo.cb = sizeof start;
  start.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
  start.StartupInfo.hStdInput = streams[0];
  start.StartupInfo.hStdOutput = streams[1];
  start.StartupInfo.hStdError = streams[2];
  start.StartupInfo.lpDesktop = desktop_make(&launch->plan, token, &launch->report);
  start.lpAttributeList = make_attributes(streams, &policy);
  wchar_t *folder = cwd == NULL ? NULL : wide(cwd->words[0]);
  BOOL done = token == NULL ? CreateProcessW(program, line, NULL, NULL, TRUE, flags, environment, folder, &start.StartupInfo, &made)
                            : CreateProcessAsUserW(token, program, line, NULL, NULL, TRUE, flags, environment, folder, &start.StartupInfo, &made);
  problem = GetLastError();
  if (!done && (problem == ERROR_DIRECTORY || problem == ERROR_INVALID_NAME)) fail(EXIT_REFUSED, "its folder is not there:", cwd == NULL ? "" : cwd->words[0]);
  if (!done) fail(problem == ERROR_FILE_NOT_FOUND ? EXIT_MISSING : EXIT_REFUSED, "it cannot be started:", error_text(problem));
  launch->process = made.hProcess;
  launch->thread = made.hThread;
  for (int i = 0; i < STREAMS; i++) CloseHandle(streams[i]);
  if (token != NULL) CloseHandle(token);
  report_on(&launch->report, HAS_HANDLES, "the standard streams and no other");
}

__attribute__((noreturn)) static void abandon(struct launch *launch, const char *why, const char *detail) {
  /* It never ran: there is nothing else of it to end. */
  TerminateProcess(launch->process, EXIT_REFUSED);
  WaitForSingleObject(launch->process, INFINITE);
  fail(EXIT_REFUSED, why, detail);
}

static void put_into_job(struct launch *launch) {
  BOOL nested = FALSE;
  if (AssignProcessToJobObject(launch->job.handle, launch->process)) return;
  DWORD error = GetLastError();
  /* In a job of somebody else's no job with limits of the desktop can lie. What is lost is in the report. */
  if (IsProcessInJob(GetCurrentProcess(), NULL, &nested) && nested) {
    job_drop(&launch->job);
    if (job_make(&launch->job, &launch->plan, true) && AssignProcessToJobObject(launch->job.handle, launch->process)) return;
    error = GetLastError();
  }
  abandon(launch, "it cannot be put into a job:", error_text(error));
}

void launch_start(struct launch *launch, wchar_t *const *command) {
  struct report *report = &launch->report;
  char why[256];
  token_guard_launcher(report);
  if (!job_make(&launch->job, &launch->plan, false)) fail(EXIT_REFUSED, "no job can be made:", error_text(GetLastError()));
  create(launch, command);
  put_into_job(launch);
  job_report(&launch->job, &launch->plan, launch->process, report);
  token_report(&launch->plan, launch->process, report);
  mitigate_report(&launch->plan, launch->process, report);
  if (plan_find(&launch->plan, V_SESSION) != NULL) report_on(report, HAS_SESSION, "the launcher ends it");
  /* Neither a job nor a token like this one decides about paths or connections: nobody may take it for that. */
  report_off(report, HAS_FS, "your files are not out of its reach: this version makes no view of files on Windows");
  report_off(report, HAS_NET, "the network is not out of its reach: this version has no filter of connections on Windows");
  const char *lacking = report_missing(report, &launch->plan, V_NEED);
  if (lacking == NULL) return;
  snprintf(why, sizeof why, "%.40s (%s)", lacking, report_why(report, lacking));
  abandon(launch, "this computer cannot enforce what is required:", why);
}

struct ended launch_serve(struct launch *launch) {
  struct ended ended = {.code = EXIT_OURS, .reason = NULL};
  const struct step *session = plan_find(&launch->plan, V_SESSION);
  ULONGLONG started = GetTickCount64();
  if (ResumeThread(launch->thread) == (DWORD)-1) ended.reason = "it cannot be let go";
  while (ended.reason == NULL && WaitForSingleObject(launch->process, 0) == WAIT_TIMEOUT) {
    job_listen(&launch->job, LISTEN_MS);
    if (session != NULL && GetTickCount64() - started >= (ULONGLONG)session->number * 1000) ended.reason = "its session was over";
  }
  if (ended.reason == NULL && !GetExitCodeProcess(launch->process, &ended.code)) ended.reason = "how it ended cannot be read";
  if (!job_end(&launch->job) && ended.reason == NULL) ended.reason = "something that it started does not end";
  if (ended.reason != NULL) ended.code = EXIT_OURS;
  /* Keys that it put into the console's queue would be read by the shell that started us. */
  if (GetFileType(GetStdHandle(STD_INPUT_HANDLE)) == FILE_TYPE_CHAR) FlushConsoleInputBuffer(GetStdHandle(STD_INPUT_HANDLE));
  return ended;
}
