/*
 * What a command in a Windows sandbox tries and sees, one attempt a word. Built by test/sandbox/windows/rig.ts, and
 * run by the launcher. It prints plain lines in UTF-8.
 */
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#include <tlhelp32.h>

int _dowildcard = 0;

static void print(const wchar_t *text) {
  static char line[8192];
  int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, line, sizeof line, NULL, NULL);
  DWORD written;
  if (size > 0) WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), line, (DWORD)size - 1, &written, NULL);
  WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), "\n", 1, &written, NULL);
}

static void print_number(const wchar_t *name, unsigned long number) {
  wchar_t line[128];
  _snwprintf(line, 128, L"%ls %lu", name, number);
  print(line);
}

/* Starts this program again with one word; 0 or the error. The child has our streams. */
static DWORD again(const wchar_t *word, DWORD flags) {
  static wchar_t self[4096];
  wchar_t line[128];
  STARTUPINFOW start = {.cb = sizeof start, .dwFlags = STARTF_USESTDHANDLES};
  PROCESS_INFORMATION made;
  start.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
  start.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
  start.hStdError = GetStdHandle(STD_ERROR_HANDLE);
  GetModuleFileNameW(NULL, self, 4096);
  _snwprintf(line, 128, L"probe %ls", word);
  if (!CreateProcessW(self, line, NULL, NULL, TRUE, flags, NULL, NULL, &start, &made)) return GetLastError();
  CloseHandle(made.hThread);
  CloseHandle(made.hProcess);
  return 0;
}

static int words(int count, wchar_t **all) {
  for (int i = 0; i < count; i++) print(all[i]);
  return 0;
}

static int environment(void) {
  for (wchar_t *one = GetEnvironmentStringsW(); *one != L'\0'; one += wcslen(one) + 1) print(one);
  return 0;
}

/* What comes in goes out. */
static int copy(void) {
  char part[256];
  DWORD got;
  DWORD written;
  while (ReadFile(GetStdHandle(STD_INPUT_HANDLE), part, sizeof part, &got, NULL) && got > 0) WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), part, got, &written, NULL);
  return 0;
}

/* Writes a line when it stands, then waits for its end by somebody else. */
static int wait(void) {
  print(L"up");
  Sleep(INFINITE);
  return 0;
}

static int folder(void) {
  static wchar_t here[4096];
  GetCurrentDirectoryW(4096, here);
  print(here);
  return 0;
}

/* Whether a handle of the launcher's caller came through, told by its number. */
static int handle(const wchar_t *number) {
  DWORD flags;
  HANDLE given = (HANDLE)(ULONG_PTR)wcstoul(number, NULL, 10);
  print(GetHandleInformation(given, &flags) ? L"open" : L"closed");
  return 0;
}

/*
 * Runs a program while it holds something open, inheritable, and waits for that: a file, whose number the program
 * gets as its last word, or a folder, which is the program's standard input.
 */
static int holding(wchar_t *line, const wchar_t *folder) {
  static wchar_t whole[8192];
  SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
  STARTUPINFOW start = {.cb = sizeof start, .dwFlags = STARTF_USESTDHANDLES};
  PROCESS_INFORMATION made;
  DWORD code = 1;
  HANDLE held = folder == NULL ? CreateFileW(L"NUL", GENERIC_READ, 0, &inherited, OPEN_EXISTING, 0, NULL)
                               : CreateFileW(folder, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
  if (held == INVALID_HANDLE_VALUE) return 95;
  start.hStdInput = folder == NULL ? GetStdHandle(STD_INPUT_HANDLE) : held;
  start.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
  start.hStdError = GetStdHandle(STD_ERROR_HANDLE);
  _snwprintf(whole, 8192, L"%ls %llu", line, (unsigned long long)(ULONG_PTR)held);
  if (!CreateProcessW(NULL, whole, NULL, NULL, TRUE, 0, NULL, NULL, &start, &made)) return 90;
  WaitForSingleObject(made.hProcess, INFINITE);
  GetExitCodeProcess(made.hProcess, &code);
  return (int)code;
}

static int children(int wanted) {
  int got = 0;
  while (got < wanted && again(L"wait", 0) == 0) got++;
  print_number(L"children", (unsigned long)got);
  return 0;
}

static int allocate(int megabytes) {
  int got = 0;
  while (got < megabytes && VirtualAlloc(NULL, 1024 * 1024, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE) != NULL) got++;
  print_number(L"megabytes", (unsigned long)got);
  return 0;
}

static int privileges(void) {
  static char room[16384];
  HANDLE token;
  DWORD size;
  if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token) || !GetTokenInformation(token, TokenPrivileges, room, sizeof room, &size)) return 91;
  print_number(L"privileges", ((TOKEN_PRIVILEGES *)room)->PrivilegeCount);
  if (!GetTokenInformation(token, TokenIntegrityLevel, room, sizeof room, &size)) return 92;
  PSID label = ((TOKEN_MANDATORY_LABEL *)room)->Label.Sid;
  print_number(L"integrity", *GetSidSubAuthority(label, *GetSidSubAuthorityCount(label) - 1u));
  return 0;
}

static int put(const wchar_t *path) {
  HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
  print(file == INVALID_HANDLE_VALUE ? L"refused" : L"written");
  return 0;
}

static int desktop(void) {
  wchar_t name[256] = L"";
  GetUserObjectInformationW(GetThreadDesktop(GetCurrentThreadId()), UOI_NAME, name, sizeof name, NULL);
  print(name);
  print_number(L"clipboard", (unsigned long)OpenClipboard(NULL) && EmptyClipboard());
  return 0;
}

/* Whether the process that started this one lets itself be opened, by which its handles could be copied. */
static int launcher(void) {
  PROCESSENTRY32W one = {.dwSize = sizeof one};
  HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
  BOOL more = Process32FirstW(all, &one);
  while (more && one.th32ProcessID != GetCurrentProcessId()) more = Process32NextW(all, &one);
  if (!more) return 96;
  print(OpenProcess(PROCESS_DUP_HANDLE, FALSE, one.th32ParentProcessID) == NULL ? L"refused" : L"opened");
  return 0;
}

int wmain(int count, wchar_t **all) {
  const wchar_t *what = count > 1 ? all[1] : L"";
  const wchar_t *more = count > 2 ? all[2] : L"";
  if (wcscmp(what, L"words") == 0) return words(count - 2, all + 2);
  if (wcscmp(what, L"environment") == 0) return environment();
  if (wcscmp(what, L"exit") == 0) ExitProcess((UINT)wcstoul(more, NULL, 10));
  if (wcscmp(what, L"copy") == 0) return copy();
  if (wcscmp(what, L"wait") == 0) return wait();
  if (wcscmp(what, L"folder") == 0) return folder();
  if (wcscmp(what, L"handle") == 0) return handle(count > 2 ? all[count - 1] : L"0");
  if (wcscmp(what, L"holding") == 0 && count > 2) return holding(all[2], count > 3 ? all[3] : NULL);
  if (wcscmp(what, L"child") == 0) return again(L"wait", 0) != 0;
  if (wcscmp(what, L"tree") == 0) return again(L"child", 0) != 0 || again(L"wait", DETACHED_PROCESS) != 0 ? 93 : wait();
  if (wcscmp(what, L"breakaway") == 0) {
    print_number(L"breakaway", again(L"wait", CREATE_BREAKAWAY_FROM_JOB));
    return 0;
  }
  if (wcscmp(what, L"children") == 0) return children((int)wcstol(more, NULL, 10));
  if (wcscmp(what, L"allocate") == 0) return allocate((int)wcstol(more, NULL, 10));
  if (wcscmp(what, L"privileges") == 0) return privileges();
  if (wcscmp(what, L"put") == 0) return put(more);
  if (wcscmp(what, L"desktop") == 0) return desktop();
  if (wcscmp(what, L"launcher") == 0) return launcher();
  if (wcscmp(what, L"crash") == 0) *(volatile int *)0 = 1;
  return 94;
}
