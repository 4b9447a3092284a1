/* The command: which file it is, and its words as one line. */
#ifndef GATEHOUSE_WINDOWS_COMMAND_H
#define GATEHOUSE_WINDOWS_COMMAND_H

#include <wchar.h>

/*
 * The file that a word names: by itself when it has a folder in it, else the first on `path`, which may be NULL.
 * Folders that are not absolute are passed over, and so is the current one. Ends the process when there is none, and
 * for a batch file, whose words cmd.exe would read as commands.
 */
wchar_t *command_program(const wchar_t *word, const wchar_t *path);

/* The words as one line, which programs that read it by the rules of the C runtime take apart to the same words. */
wchar_t *command_line(wchar_t *const *words);

#endif
