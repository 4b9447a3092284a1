/*
 * The job that holds everything the command starts.
 *
 * It ends with its last handle, which the launcher alone has: when the launcher ends, however it ends, Windows ends
 * what is in the job. No process leaves it, because neither kind of breakaway is allowed.
 */
#ifndef GATEHOUSE_WINDOWS_JOB_H
#define GATEHOUSE_WINDOWS_JOB_H

#include <stdbool.h>
#include <windows.h>

#include "verbs.h"
#include "features.h"

struct job {
  HANDLE handle;
  HANDLE port;      /* tells what happens in it */
  unsigned refused; /* how often a limit of processes or memory was met */
};

/*
 * Makes the job with the plan's limits. `alone`: without limits of the person's desktop, which a job cannot have
 * where the launcher is itself in a job. False, with GetLastError, when it cannot be made.
 */
bool job_make(struct job *job, const struct plan *plan, bool alone);

/* Asks Windows what holds for the job and for a process that was put into it, and reports that. */
void job_report(const struct job *job, const struct plan *plan, HANDLE process, struct report *report);

/* Waits for what the job tells, `milliseconds` at most, and counts limits that were met. */
void job_listen(struct job *job, DWORD milliseconds);

/* Ends everything in the job and waits until nothing is left. False when something still runs after five seconds. */
bool job_end(struct job *job);

/* Lets go of a job in which nothing runs. */
void job_drop(struct job *job);

#endif
