#include "job.h"

#include <string.h>

enum { END_MS = 5000, LOOK_MS = 20, WHOLE_CPU = 10000 };

static const struct {
  const char *word;
  DWORD flag;
} limits_of_desktop[] = {
    {"handles", JOB_OBJECT_UILIMIT_HANDLES},
    {"clipboard-read", JOB_OBJECT_UILIMIT_READCLIPBOARD},
    {"clipboard-write", JOB_OBJECT_UILIMIT_WRITECLIPBOARD},
    {"parameters", JOB_OBJECT_UILIMIT_SYSTEMPARAMETERS},
    {"display", JOB_OBJECT_UILIMIT_DISPLAYSETTINGS},
    {"atoms", JOB_OBJECT_UILIMIT_GLOBALATOMS},
    {"desktop", JOB_OBJECT_UILIMIT_DESKTOP},
    {"exit", JOB_OBJECT_UILIMIT_EXITWINDOWS},
};

static DWORD wanted_of_desktop(const struct plan *plan) {
  DWORD flags = 0;
  for (size_t i = 0; i < sizeof limits_of_desktop / sizeof *limits_of_desktop; i++) {
    if (plan_word(plan, V_UI, limits_of_desktop[i].word) != NULL) flags |= limits_of_desktop[i].flag;
  }
  return flags;
}

static JOBOBJECT_EXTENDED_LIMIT_INFORMATION wanted_limits(const struct plan *plan) {
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits;
  memset(&limits, 0, sizeof limits);
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION;
  const struct step *processes = plan_word(plan, V_LIMIT, "processes");
  const struct step *memory = plan_word(plan, V_LIMIT, "memory");
  const struct step *data = plan_word(plan, V_LIMIT, "data");
  if (processes != NULL) {
    limits.BasicLimitInformation.LimitFlags |= JOB_OBJECT_LIMIT_ACTIVE_PROCESS;
    limits.BasicLimitInformation.ActiveProcessLimit = processes->number > 0x7fffffff ? 0x7fffffff : (DWORD)processes->number;
  }
  if (memory != NULL) {
    limits.BasicLimitInformation.LimitFlags |= JOB_OBJECT_LIMIT_JOB_MEMORY;
    limits.JobMemoryLimit = (SIZE_T)memory->number;
  }
  if (data != NULL) {
    limits.BasicLimitInformation.LimitFlags |= JOB_OBJECT_LIMIT_PROCESS_MEMORY;
    limits.ProcessMemoryLimit = (SIZE_T)data->number;
  }
  return limits;
}

/* Windows counts in ten-thousandths of all processors, the plan in hundredths of one. */
static DWORD wanted_cpu(const struct step *cpu) {
  DWORD processors = GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);
  long long rate = cpu->number * (WHOLE_CPU / 100) / (processors == 0 ? 1 : processors);
  return rate < 1 ? 1 : rate > WHOLE_CPU ? WHOLE_CPU : (DWORD)rate;
}

bool job_make(struct job *job, const struct plan *plan, bool alone) {
  memset(job, 0, sizeof *job);
  job->handle = CreateJobObjectW(NULL, NULL);
  job->port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
  if (job->handle == NULL || job->port == NULL) return false;
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = wanted_limits(plan);
  JOBOBJECT_ASSOCIATE_COMPLETION_PORT told = {.CompletionKey = job->handle, .CompletionPort = job->port};
  if (!SetInformationJobObject(job->handle, JobObjectExtendedLimitInformation, &limits, sizeof limits)) return false;
  if (!SetInformationJobObject(job->handle, JobObjectAssociateCompletionPortInformation, &told, sizeof told)) return false;
  JOBOBJECT_BASIC_UI_RESTRICTIONS desktop = {.UIRestrictionsClass = wanted_of_desktop(plan)};
  /* What of the following fails is found when it is read back. */
  if (!alone && desktop.UIRestrictionsClass != 0) SetInformationJobObject(job->handle, JobObjectBasicUIRestrictions, &desktop, sizeof desktop);
  const struct step *cpu = plan_word(plan, V_LIMIT, "cpu");
  if (cpu != NULL) {
    JOBOBJECT_CPU_RATE_CONTROL_INFORMATION rate;
    memset(&rate, 0, sizeof rate);
    rate.ControlFlags = JOB_OBJECT_CPU_RATE_CONTROL_ENABLE | JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP;
    rate.CpuRate = wanted_cpu(cpu);
    SetInformationJobObject(job->handle, JobObjectCpuRateControlInformation, &rate, sizeof rate);
  }
  return true;
}

static const char *const unread = "Windows does not say that it holds";

static void report_limit(struct report *report, enum feature feature, const struct step *step, bool holds, const char *detail) {
  if (step == NULL) return;
  if (holds) report_on(report, feature, "%s", detail);
  else report_off(report, feature, "%s", unread);
}

static void report_job(const struct job *job, HANDLE process, DWORD flags, struct report *report) {
  const DWORD held = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION;
  const DWORD ways_out = JOB_OBJECT_LIMIT_BREAKAWAY_OK | JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK;
  BOOL inside = FALSE;
  if (!IsProcessInJob(process, job->handle, &inside) || !inside) report_off(report, HAS_JOB, "the command is not in the job");
  else if ((flags & held) != held || (flags & ways_out) != 0) report_off(report, HAS_JOB, "%s: the end with the launcher", unread);
  else report_on(report, HAS_JOB, "everything ends with the launcher, nothing leaves");
}

static void report_desktop(const struct job *job, const struct plan *plan, struct report *report) {
  JOBOBJECT_BASIC_UI_RESTRICTIONS desktop = {.UIRestrictionsClass = 0};
  DWORD wanted = wanted_of_desktop(plan);
  if (wanted == 0) return;
  if (QueryInformationJobObject(job->handle, JobObjectBasicUIRestrictions, &desktop, sizeof desktop, NULL) && (desktop.UIRestrictionsClass & wanted) == wanted)
    report_on(report, HAS_UI, "clipboard, windows and settings of the desktop are out of reach");
  else report_off(report, HAS_UI, "%s; where the launcher is in a job itself, Windows cannot", unread);
}

void job_report(const struct job *job, const struct plan *plan, HANDLE process, struct report *report) {
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION want = wanted_limits(plan);
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION have;
  JOBOBJECT_CPU_RATE_CONTROL_INFORMATION rate;
  memset(&have, 0, sizeof have);
  memset(&rate, 0, sizeof rate);
  if (!QueryInformationJobObject(job->handle, JobObjectExtendedLimitInformation, &have, sizeof have, NULL)) memset(&have, 0, sizeof have);
  DWORD flags = have.BasicLimitInformation.LimitFlags;
  report_job(job, process, flags, report);
  report_desktop(job, plan, report);
  report_limit(report, HAS_PROCESSES, plan_word(plan, V_LIMIT, "processes"),
               (flags & JOB_OBJECT_LIMIT_ACTIVE_PROCESS) != 0 && have.BasicLimitInformation.ActiveProcessLimit == want.BasicLimitInformation.ActiveProcessLimit,
               "of all together");
  report_limit(report, HAS_MEMORY, plan_word(plan, V_LIMIT, "memory"), (flags & JOB_OBJECT_LIMIT_JOB_MEMORY) != 0 && have.JobMemoryLimit == want.JobMemoryLimit,
               "of all together");
  report_limit(report, HAS_DATA, plan_word(plan, V_LIMIT, "data"),
               (flags & JOB_OBJECT_LIMIT_PROCESS_MEMORY) != 0 && have.ProcessMemoryLimit == want.ProcessMemoryLimit, "of each process");
  const struct step *cpu = plan_word(plan, V_LIMIT, "cpu");
  const DWORD capped = JOB_OBJECT_CPU_RATE_CONTROL_ENABLE | JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP;
  bool read = cpu != NULL && QueryInformationJobObject(job->handle, JobObjectCpuRateControlInformation, &rate, sizeof rate, NULL);
  report_limit(report, HAS_CPU, cpu, read && (rate.ControlFlags & capped) == capped && rate.CpuRate == wanted_cpu(cpu), "of all together");
}

void job_listen(struct job *job, DWORD milliseconds) {
  DWORD message;
  ULONG_PTR key;
  LPOVERLAPPED process;
  for (DWORD wait = milliseconds; GetQueuedCompletionStatus(job->port, &message, &key, &process, wait); wait = 0) {
    if (message == JOB_OBJECT_MSG_ACTIVE_PROCESS_LIMIT || message == JOB_OBJECT_MSG_JOB_MEMORY_LIMIT || message == JOB_OBJECT_MSG_PROCESS_MEMORY_LIMIT)
      job->refused++;
  }
}

bool job_end(struct job *job) {
  JOBOBJECT_BASIC_ACCOUNTING_INFORMATION count;
  TerminateJobObject(job->handle, 1);
  for (ULONGLONG since = GetTickCount64(); GetTickCount64() - since < END_MS;) {
    memset(&count, 0, sizeof count);
    if (QueryInformationJobObject(job->handle, JobObjectBasicAccountingInformation, &count, sizeof count, NULL) && count.ActiveProcesses == 0) return true;
    job_listen(job, LOOK_MS);
  }
  return false;
}

void job_drop(struct job *job) {
  CloseHandle(job->handle);
  CloseHandle(job->port);
  memset(job, 0, sizeof *job);
}
