/* Whose files are whose, when root starts a command as somebody else. */
#ifndef GATEHOUSE_MAPPING_H
#define GATEHOUSE_MAPPING_H

#include <sys/types.h>

/* A user namespace in which user and group 0 of the disk are the command's; -1 with errno set. */
int mapping(uid_t uid, gid_t gid);

#endif
