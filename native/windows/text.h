/* Text between the plan's UTF-8 and Windows' UTF-16, and the one line on stderr with which this program ends. */
#ifndef GATEHOUSE_WINDOWS_TEXT_H
#define GATEHOUSE_WINDOWS_TEXT_H

#include <stddef.h>
#include <wchar.h>

enum { EXIT_OURS = 125, EXIT_REFUSED = 126, EXIT_MISSING = 127 };

/* Prints `gatehouse: SUBJECT: why detail`, control characters replaced, and ends with `code`. `detail` may be NULL. */
__attribute__((noreturn)) void fail(int code, const char *why, const char *detail);

/* Sets the subject; "the command was not run" until then. The text must last. */
void fail_subject(const char *subject);

/* Memory that is all zero; ends the process when there is none. */
void *room(size_t size);

/* The same text, in memory of its own. Ends the process for what is no UTF-8. */
wchar_t *wide(const char *text);

/* The same text, in memory of its own; what is no Unicode becomes U+FFFD. */
char *narrow(const wchar_t *text);

#endif
