#define _GNU_SOURCE
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OWN_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCH AUDIT_ARCH_AARCH64
#else
#error "no filter for this processor"
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* CLONE_NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET */
#define NEW_NAMESPACES 0x7e020080u
#define SET_ID_BITS 06000u
#define CREATES ((uint32_t)(O_CREAT | (O_TMPFILE & ~O_DIRECTORY)))

enum rule { DENY, NO_SUCH, SET_LIMIT, PROCESS_LIMIT, CLONE, UNSHARE, SOCKET, PAIR, IOCTL, MODE_1, MODE_2, OPEN_1, OPEN_2, NODE_1, NODE_2, SECCOMP, PERSONALITY };

struct entry {
  int number;
  enum rule rule;
  const char *name;
  bool quiet; /* runtimes try it by themselves: never told */
};

#define E(name, rule) {SYS_##name, rule, #name, false}
#define Q(name, rule) {SYS_##name, rule, #name, true}
#define N(number, name, rule) {number, rule, name, false}

static const struct entry entries[] = {
    /* looking into or steering other processes */
    E(ptrace, DENY), E(process_vm_readv, DENY), E(process_vm_writev, DENY), N(440, "process_madvise", DENY),
    N(438, "pidfd_getfd", DENY), E(kcmp, DENY), N(448, "process_mrelease", DENY),
    /* large or fragile kernel surface */
    Q(io_uring_setup, DENY), Q(io_uring_enter, DENY), Q(io_uring_register, DENY), E(bpf, DENY), E(perf_event_open, DENY),
    E(userfaultfd, DENY), E(add_key, DENY), E(request_key, DENY), E(keyctl, DENY), N(447, "memfd_secret", DENY),
    E(vmsplice, DENY), E(lookup_dcookie, DENY), E(fanotify_init, DENY), E(fanotify_mark, DENY),
    N(453, "map_shadow_stack", DENY), N(459, "lsm_get_self_attr", DENY), N(460, "lsm_set_self_attr", DENY),
    /* mounts and namespaces */
    E(mount, DENY), E(umount2, DENY), E(pivot_root, DENY), E(chroot, DENY), N(428, "open_tree", DENY),
    N(429, "move_mount", DENY), N(430, "fsopen", DENY), N(431, "fsconfig", DENY), N(432, "fsmount", DENY),
    N(433, "fspick", DENY), N(442, "mount_setattr", DENY), N(467, "open_tree_attr", DENY), N(457, "statmount", DENY),
    N(458, "listmount", DENY), E(setns, DENY), E(unshare, UNSHARE), E(clone, CLONE), Q(clone3, NO_SUCH),
    /* the machine */
    E(init_module, DENY), E(finit_module, DENY), E(delete_module, DENY), E(kexec_load, DENY), E(reboot, DENY),
    E(swapon, DENY), E(swapoff, DENY), E(acct, DENY), E(quotactl, DENY), N(443, "quotactl_fd", DENY),
    E(settimeofday, DENY), E(clock_settime, DENY), E(clock_adjtime, DENY), E(adjtimex, DENY), E(sethostname, DENY),
    E(setdomainname, DENY), E(syslog, DENY), E(vhangup, DENY), E(nfsservctl, DENY), E(name_to_handle_at, DENY),
    E(open_by_handle_at, DENY), E(personality, PERSONALITY), E(mbind, DENY), E(migrate_pages, DENY), E(move_pages, DENY),
    E(set_mempolicy, DENY), N(450, "set_mempolicy_home_node", DENY),
#ifdef SYS_kexec_file_load
    E(kexec_file_load, DENY),
#endif
#ifdef SYS_iopl
    E(iopl, DENY), E(ioperm, DENY), E(modify_ldt, DENY), E(uselib, DENY), E(ustat, DENY), E(sysfs, DENY),
    E(_sysctl, DENY), E(create_module, DENY), E(query_module, DENY), E(get_kernel_syms, DENY),
#endif
    /* what an argument decides */
    E(socket, SOCKET), E(socketpair, PAIR), Q(prlimit64, PROCESS_LIMIT), Q(setrlimit, SET_LIMIT), E(ioctl, IOCTL), E(fchmod, MODE_1), E(fchmodat, MODE_2),
    N(452, "fchmodat2", MODE_2), E(openat, OPEN_2), N(437, "openat2", NO_SUCH), E(mknodat, NODE_2), E(seccomp, SECCOMP),
#ifdef SYS_open
    E(open, OPEN_1), E(creat, MODE_1), E(chmod, MODE_1), E(mknod, NODE_1),
#endif
};
enum { ENTRIES = sizeof entries / sizeof *entries, MAX_CODE = 1024 };

struct program {
  struct sock_filter code[MAX_CODE];
  size_t count;
  enum part { ALL, QUIET, TOLD } part; /* TOLD notifies instead of denying */
  const struct filter_options *options;
};

static void put(struct program *program, uint16_t code, uint32_t k, uint8_t yes, uint8_t no) {
  if (program->count < MAX_CODE) program->code[program->count] = (struct sock_filter){code, yes, no, k};
  program->count++;
}

static void load_argument(struct program *program, unsigned index) {
  /* The low half: the kernel looks at no more of these arguments, and a set high half must not hide them. */
  put(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offsetof(struct seccomp_data, args) + 8 * index), 0, 0);
}

static void answer(struct program *program, uint32_t with) { put(program, BPF_RET | BPF_K, with, 0, 0); }

static void pass(struct program *program) { answer(program, SECCOMP_RET_ALLOW); }

static void deny(struct program *program, int error) {
  answer(program, program->part == TOLD ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ERRNO | (uint32_t)error);
}

/* Denies when the accumulator has one of these bits, passes otherwise. */
static void deny_bits(struct program *program, uint32_t bits) {
  put(program, BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
  deny(program, EPERM);
  pass(program);
}

/* Passes when the accumulator is this. */
static void pass_value(struct program *program, uint32_t value) {
  put(program, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
  pass(program);
}

static void deny_value(struct program *program, uint32_t value, int error) {
  put(program, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
  deny(program, error);
}

static void mode(struct program *program, unsigned index) {
  load_argument(program, index);
  deny_bits(program, SET_ID_BITS);
}

/* The mode of an open counts only when it makes a file; otherwise the register holds anything. */
static void open_mode(struct program *program, unsigned flags) {
  load_argument(program, flags);
  put(program, BPF_JMP | BPF_JSET | BPF_K, CREATES, 1, 0);
  pass(program);
  mode(program, flags + 1);
}

/*
 * A limit of 1 keeps a crash from the system's handler, which runs as root on what the crashed program was; one of 0
 * does not. A limit that is set is said to be set, and stays.
 */
static void core_limit(struct program *program, unsigned resource, unsigned limit) {
  load_argument(program, resource);
  put(program, BPF_JMP | BPF_JEQ | BPF_K, RLIMIT_CORE, 1, 0);
  pass(program);
  load_argument(program, limit);
  put(program, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3);
  put(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offsetof(struct seccomp_data, args) + 8 * limit + 4), 0, 0);
  pass_value(program, 0);
  answer(program, SECCOMP_RET_ERRNO);
}

static void node(struct program *program, unsigned index) {
  load_argument(program, index);
  put(program, BPF_ALU | BPF_AND | BPF_K, S_IFMT, 0, 0);
  deny_value(program, S_IFCHR, EPERM);
  deny_value(program, S_IFBLK, EPERM);
  mode(program, index);
}

/* One more of what loads a module by its number would be one more piece of kernel. */
enum { PROTOCOLS = 5, INTERNET_CODE = 1 + 2 * PROTOCOLS + 1 };
static void internet_protocols(struct program *program) {
  static const uint32_t known[PROTOCOLS] = {0, IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMPV6};
  load_argument(program, 2);
  for (size_t i = 0; i < PROTOCOLS; i++) pass_value(program, known[i]);
  deny(program, EPROTONOSUPPORT);
}

static void sockets(struct program *program) {
  load_argument(program, 1);
  put(program, BPF_ALU | BPF_AND | BPF_K, 0xf, 0, 0);
  deny_value(program, SOCK_RAW, EPERM);
  deny_value(program, SOCK_PACKET, EPERM);
  load_argument(program, 0);
  put(program, BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 1, 0);
  put(program, BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 0, INTERNET_CODE);
  internet_protocols(program);
  if (program->options->allow_unix) pass_value(program, AF_UNIX);
  if (program->options->allow_route) {
    put(program, BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 3);
    load_argument(program, 2);
    pass_value(program, 0 /* NETLINK_ROUTE */);
  }
  deny(program, EAFNOSUPPORT);
}

static void leaf(struct program *program, const struct entry *entry) {
  size_t at = program->count;
  put(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)entry->number, 0, 0);
  switch (entry->rule) {
    case DENY:
      deny(program, EPERM);
      break;
    case NO_SUCH:
      answer(program, SECCOMP_RET_ERRNO | ENOSYS);
      break;
    case CLONE:
    case UNSHARE:
      load_argument(program, 0);
      deny_bits(program, NEW_NAMESPACES);
      break;
    case SOCKET:
      sockets(program);
      break;
    case SET_LIMIT:
      core_limit(program, 0, 1);
      break;
    case PROCESS_LIMIT:
      /* Process 1 has the same user, and would end, and all with it, at a limit that it is given. */
      load_argument(program, 0);
      deny_value(program, 1, EPERM);
      core_limit(program, 1, 2);
      break;
    case PAIR:
      if (!program->options->allow_unix) {
        /* One end of such a pair sends to any other name too. */
        load_argument(program, 1);
        put(program, BPF_ALU | BPF_AND | BPF_K, 0xf, 0, 0);
        deny_value(program, SOCK_DGRAM, EPROTONOSUPPORT);
        deny_value(program, SOCK_RAW, EPROTONOSUPPORT);
      }
      load_argument(program, 0);
      pass_value(program, AF_UNIX);
      deny(program, EAFNOSUPPORT);
      break;
    case IOCTL:
      load_argument(program, 1);
      deny_value(program, 0x5412 /* TIOCSTI */, EPERM);
      deny_value(program, 0x541C /* TIOCLINUX */, EPERM);
      deny_value(program, 0x5423 /* TIOCSETD */, EPERM);
      deny_value(program, 0x541D /* TIOCCONS */, EPERM);
      pass(program);
      break;
    case MODE_1:
      mode(program, 1);
      break;
    case MODE_2:
      mode(program, 2);
      break;
    case OPEN_1:
      open_mode(program, 1);
      break;
    case OPEN_2:
      open_mode(program, 2);
      break;
    case NODE_1:
      node(program, 1);
      break;
    case NODE_2:
      node(program, 2);
      break;
    case SECCOMP:
      load_argument(program, 1);
      deny_bits(program, SECCOMP_FILTER_FLAG_NEW_LISTENER);
      break;
    case PERSONALITY:
      load_argument(program, 0);
      pass_value(program, 0);
      pass_value(program, 0x20000);
      pass_value(program, 0xffffffff);
      deny(program, EPERM);
      break;
  }
  /* Not this call: to the instruction after the leaf, which lets it through. */
  size_t over = program->count - at - 1;
  if (at < MAX_CODE) program->code[at].jf = (uint8_t)over;
  pass(program);
}

static void branch(struct program *program, const struct entry *const *sorted, size_t count) {
  if (count == 0) {
    pass(program);
    return;
  }
  if (count == 1) {
    leaf(program, sorted[0]);
    return;
  }
  size_t half = count / 2;
  put(program, BPF_JMP | BPF_JGE | BPF_K, (uint32_t)sorted[half]->number, 0, 1);
  size_t far = program->count;
  put(program, BPF_JMP | BPF_JA, 0, 0, 0);
  branch(program, sorted, half);
  if (far < MAX_CODE) program->code[far].k = (uint32_t)(program->count - far - 1);
  branch(program, sorted + half, count - half);
}

static int by_number(const void *a, const void *b) {
  int left = (*(const struct entry *const *)a)->number;
  int right = (*(const struct entry *const *)b)->number;
  return left < right ? -1 : left > right;
}

static bool is_told(const struct entry *entry) { return !entry->quiet && entry->rule != NO_SUCH; }

static void build(struct program *program) {
  const struct entry *sorted[ENTRIES];
  size_t count = 0;
  for (size_t i = 0; i < ENTRIES; i++) {
    if (program->part == ALL || (program->part == TOLD) == is_told(&entries[i])) sorted[count++] = &entries[i];
  }
  qsort(sorted, count, sizeof *sorted, by_number);
  program->count = 0;
  put(program, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
  put(program, BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCH, 1, 0);
  answer(program, SECCOMP_RET_KILL_PROCESS);
  put(program, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
#ifdef __x86_64__
  put(program, BPF_JMP | BPF_JGE | BPF_K, 0x40000000u, 0, 1); /* x32 */
  answer(program, SECCOMP_RET_ERRNO | ENOSYS);
#endif
  branch(program, sorted, count);
}

static int install(struct program *program, unsigned long flags) {
  build(program);
  if (program->count > MAX_CODE) {
    errno = E2BIG;
    return -1;
  }
  struct sock_fprog filter = {.len = (unsigned short)program->count, .filter = program->code};
  return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
}

int filter_install(const struct filter_options *options) {
  static struct program program;
  program.options = options;
  program.part = ALL;
  if (!options->notify) return install(&program, 0);
  /* Of two answers to one call the stricter counts, and an error is stricter than a notification: no call is in both. */
  program.part = QUIET;
  if (install(&program, 0) < 0) return -1;
  program.part = TOLD;
  return install(&program, SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
}

const char *filter_call_name(int number) {
  for (size_t i = 0; i < ENTRIES; i++) {
    if (entries[i].number == number) return entries[i].name;
  }
  return NULL;
}
