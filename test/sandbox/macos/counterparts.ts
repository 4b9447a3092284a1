/**
 * The attempts of test/escape, as they would be made on a Mac. Each is there, or said to have no counterpart and why: a
 * new attempt on Linux is decided about here, or the test fails.
 */

import type { Acts } from './acts.ts';
import * as act from './acts.ts';
import { DOOR, HOME, OWN, PROJECT } from './mac-wish.ts';

const OUTSIDE = '/Users/u/other';
const ws = (name: string) => `${PROJECT}/${name}`;
const home = (name: string) => `${HOME}/${name}`;
const own = (name: string) => `${OWN}/${name}`;
/** The file is written to whether it is there or not. */
const put = (path: string): readonly Acts[] => [act.create(path), act.change(path)];
const over = (path: string): readonly Acts[] => [
  act.rename(ws('evil'), path, true),
  act.rename(ws('evil'), path),
];
const anyOf = (...ways: readonly Acts[]): readonly Acts[] => ways;

/** Every way of an attempt is to be denied. */
export const COUNTERPARTS: Readonly<Record<string, readonly Acts[]>> = {
  write_home_bashrc: put(home('.zshrc')),
  write_home_profile: put(home('.zprofile')),
  write_home_autostart: put(home('Library/LaunchAgents/planted.plist')),
  write_home_gitconfig: [...put(home('.gitconfig')), ...put(home('dotfiles/gitconfig'))],
  write_home_new_file: put(home('planted')),
  write_etc: put('/private/etc/planted'),
  write_usr: put('/usr/planted'),
  write_usr_bin: [...put('/usr/bin/planted'), ...put('/opt/homebrew/bin/planted')],
  write_root: put('/planted'),
  write_dev: put('/dev/planted'),
  write_passwd: put('/private/etc/passwd'),
  write_ld_preload: put('/Library/LaunchDaemons/planted.plist'),
  write_other_project: put(`${OUTSIDE}/file`),
  write_other_project_new: put(`${OUTSIDE}/new`),
  read_ssh: anyOf(act.read(home('.ssh/id_ed25519'))),
  read_aws: anyOf(act.read(home('.aws/credentials'))),
  read_kube: anyOf(act.read(home('.kube/config'))),
  read_docker: anyOf(act.read(home('.docker/config.json'))),
  read_netrc: anyOf(act.read(home('.netrc'))),
  read_npmrc: anyOf(act.read(home('.npmrc'))),
  read_gnupg: anyOf(act.read(home('.gnupg/private-keys-v1.d/x.key'))),
  read_browser: [
    act.read(home('Library/Application Support/Firefox/Profiles/x/cookies.sqlite')),
    act.read(home('Library/Application Support/Google/Chrome/Default/Cookies')),
    act.read(home('Library/Keychains/login.keychain-db')),
    act.read(home('Library/Mail/V10/x')),
    act.read(home('Library/Messages/chat.db')),
  ],
  read_history: [act.read(home('.zsh_history')), act.read(home('.bash_history'))],
  read_other_env: anyOf(act.read(`${OUTSIDE}/.env`)),
  read_shadow: [
    act.read('/private/etc/master.passwd'),
    act.read('/private/var/db/dslocal/nodes/Default/users/u.plist'),
  ],
  list_ssh: [act.list(home('.ssh')), act.list(HOME), act.list('/Users')],
  stat_ssh: anyOf(act.stat(home('.ssh'))),
  chdir_outside: [act.list(OUTSIDE), act.stat(OUTSIDE)],
  read_gatehouse_data: anyOf(act.read(own('state.db'))),
  read_gatehouse_policy: anyOf(act.read(own('policy.yaml'))),
  write_gatehouse_policy: put(own('policy.yaml')),
  write_hook_program: put(own('bin/gatehouse')),
  unlink_hook_program: anyOf(act.remove(own('bin/gatehouse'))),
  replace_hook_folder: [act.rename(own('bin'), own('bin2')), act.remove(own('bin'))],
  replace_gatehouse_folder: anyOf(act.rename(OWN, `${OWN}2`)),
  replace_door_file: [act.remove(DOOR), ...put(DOOR)],
  replace_door_folder: anyOf(act.rename(own('run'), own('run2'))),
  // A link leads to a path, and the path is what is asked about.
  symlink_write: put(`${OUTSIDE}/file`),
  symlink_dangling_write: put(home('dangling')),
  symlink_read: anyOf(act.read(home('.ssh/id_ed25519'))),
  symlink_to_proc_root: anyOf(act.read(`${OUTSIDE}/file`)),
  hardlink_in: anyOf(act.link(`${OUTSIDE}/file`, ws('h1'))),
  hardlink_usr: anyOf(act.link('/usr/bin/env', ws('h2'))),
  rename_out: anyOf(act.rename(ws('m1'), home('m1'))),
  rename_in: anyOf(act.rename(`${OUTSIDE}/file`, ws('m2'))),
  dotdot_write: put(`${OUTSIDE}/file`),
  dotdot_home: put(home('planted2')),
  hook_write: put(ws('.git/hooks/pre-commit')),
  hook_change: put(ws('.git/hooks/existing')),
  hook_unlink: anyOf(act.remove(ws('.git/hooks/existing'))),
  hooks_rmdir: [act.rename(ws('.git/hooks'), ws('.git/h2')), act.remove(ws('.git/hooks'))],
  hooks_exchange: anyOf(act.exchange(ws('mine'), ws('.git/hooks'))),
  hook_hardlink: anyOf(act.link(ws('evil'), ws('.git/hooks/linked'))),
  git_config_write: put(ws('.git/config')),
  git_config_rename: over(ws('.git/config')),
  git_config_unlink: anyOf(act.remove(ws('.git/config'))),
  git_config_chmod: anyOf(act.chmod(ws('.git/config'))),
  git_rename: anyOf(act.rename(ws('.git'), ws('.git2'))),
  settings_write: put(ws('.claude/settings.json')),
  settings_new: put(ws('.claude/settings.local.json')),
  settings_rename: anyOf(act.rename(ws('.claude'), ws('.claude2'))),
  settings_symlink: anyOf(act.create(ws('.claude/commands'))),
  vscode_tasks: put(ws('.vscode/tasks.json')),
  envrc_write: put(ws('.envrc')),
  project_policy: put(ws('gatehouse.yaml')),
  workspace_rename: [act.rename(PROJECT, `${PROJECT}2`), act.remove(PROJECT)],
  chmod_outside: anyOf(act.chmod(`${OUTSIDE}/file`)),
  chmod_usr: [act.chmod('/usr/bin/env'), act.chmod('/opt/homebrew/bin/node')],
  chown_usr: anyOf(act.owner('/opt/homebrew/bin/node')),
  utime_usr: anyOf(act.times('/opt/homebrew/bin/node')),
  xattr_usr: anyOf(act.xattr('/opt/homebrew/bin/node')),
  chmod_home: anyOf(act.chmod(HOME)),
  truncate_usr: anyOf(act.change('/opt/homebrew/bin/node')),
  open_truncate_usr: anyOf(act.change('/usr/bin/env')),
  mknod_block: anyOf(act.makeNode(ws('blk'))),
  mknod_char: anyOf(act.makeNode(ws('chr'))),
  mknod_suid: anyOf(act.makeNode(ws('nod'))),
  device_vda: [act.device('/dev/disk0'), act.device('/dev/rdisk0')],
  device_mem: anyOf(act.device('/dev/mem')),
  device_kmem: anyOf(act.device('/dev/kmem')),
  device_net_tun: [act.device('/dev/bpf0'), act.device('/dev/pf')],
  suid_chmod: anyOf(act.setuid(ws('s1'))),
  suid_fchmod: anyOf(act.setuid(ws('s2'))),
  umount_guard: [act.unmount(ws('.git/hooks')), act.unmount('/')],
  remount_rw: anyOf(act.mount('/')),
  bind_mount: anyOf(act.mount(ws('mnt'))),
  mount_tmpfs: anyOf(act.mount(ws('mnt'))),
  run_mount: anyOf(act.mount(ws('mnt'))),
  chroot: anyOf(act.privilege('file-chroot')),
  write_core_pattern: anyOf(act.setSysctl('kern.corefile')),
  write_hostname_sys: anyOf(act.setSysctl('kern.hostname')),
  write_ip_forward: anyOf(act.setSysctl('net.inet.ip.forwarding')),
  ptrace_one: [act.taskPort(), act.control()],
  ptrace_seize_parent: anyOf(act.taskPort()),
  process_vm_readv: anyOf(act.taskPort()),
  process_vm_writev: anyOf(act.taskPort()),
  trace_sibling: anyOf(act.taskPort()),
  kill_victim: anyOf(act.signalOthers()),
  tgkill_victim: anyOf(act.signalOthers()),
  sigqueue_victim: anyOf(act.signalOthers()),
  setown_victim: anyOf(act.signalOthers()),
  group_of_victim: anyOf(act.signalOthers()),
  tkill_victim: anyOf(act.signalOthers()),
  timer_to_victim: anyOf(act.signalOthers()),
  one_stopped: anyOf(act.signalOthers()),
  see_victim: [act.lookAt(), act.sysctl('kern.proc.all'), act.sysctl('kern.proc.uid.501')],
  priority_victim: anyOf(act.control()),
  session_of_victim: anyOf(act.lookAt()),
  call_settimeofday: anyOf(act.privilege('system-set-time')),
  call_clock_settime: anyOf(act.privilege('system-set-time')),
  call_reboot: anyOf(act.privilege('system-reboot')),
  call_acct: anyOf(act.privilege('system-acct')),
  call_swapon: anyOf(act.privilege('system-swap')),
  call_init_module: anyOf(act.privilege('system-kext-load')),
  call_finit_module: anyOf(act.privilege('system-kext-load')),
  call_delete_module: anyOf(act.privilege('system-kext-unload')),
  call_sethostname: anyOf(act.setSysctl('kern.hostname')),
  call_syslog: anyOf(act.lookup('com.apple.diagnosticd')),
  call_keyctl: [act.lookup('com.apple.SecurityServer'), act.lookup('com.apple.securityd.xpc')],
  call_add_key: anyOf(act.lookup('com.apple.SecurityServer')),
  call_request_key: [act.lookup('com.apple.securityd'), act.lookup('com.apple.secd')],
  tcp_outside_loopback: [act.connect('127.0.0.1:5432'), act.connect('127.0.0.1:22')],
  tcp_outside_loopback6: anyOf(act.connect('::1:5432')),
  tcp_mapped: anyOf(act.connect('::ffff:127.0.0.1:5432')),
  tcp_metadata: anyOf(act.connect('169.254.169.254:80')),
  tcp_lan: anyOf(act.connect('192.168.1.1:80')),
  tcp_public: anyOf(act.connect('1.1.1.1:443')),
  tcp_public6: anyOf(act.connect('2606:4700:4700::1111:443')),
  tcp_cgnat: anyOf(act.connect('100.64.0.1:80')),
  tcp_nat64: anyOf(act.connect('64:ff9b::a9fe:a9fe:80')),
  tcp_link_local6: anyOf(act.connect('fe80::1:80')),
  udp_dns: anyOf(act.connect('8.8.8.8:53')),
  udp_resolver: [
    act.connect('127.0.0.1:53'),
    act.connectSocket('/private/var/run/mDNSResponder'),
    act.lookup('com.apple.dnssd.service'),
    act.lookup('com.apple.mDNSResponder'),
  ],
  udp_quic: anyOf(act.connect('1.1.1.1:443')),
  multicast_dns: anyOf(act.connect('224.0.0.251:5353')),
  broadcast: anyOf(act.connect('255.255.255.255:67')),
  ping: anyOf(act.connect('1.1.1.1:0')),
  raw_socket: anyOf(act.connect('1.1.1.1:0')),
  packet_socket: [act.device('/dev/bpf0'), act.socket('AF_NDRV')],
  netlink_route: anyOf(act.sysctl('net.routetable.0.0.3.0')),
  netlink_netfilter: anyOf(act.device('/dev/pf')),
  netlink_generic: anyOf(act.socket('AF_SYSTEM')),
  vsock: anyOf(act.socket('AF_VSOCK')),
  unix_outside: anyOf(act.connectSocket(`${OUTSIDE}/listener.sock`)),
  unix_workspace: anyOf(act.connectSocket(ws('listener.sock'))),
  unix_docker: [
    act.connectSocket('/private/var/run/docker.sock'),
    act.connectSocket(home('.docker/run/docker.sock')),
  ],
  unix_docker_run: [
    act.connectSocket(home('.colima/default/docker.sock')),
    act.connectSocket(home('.orbstack/run/docker.sock')),
  ],
  unix_dbus_session: anyOf(act.connectSocket('/private/tmp/com.apple.launchd.abc/unix_domain_listener')),
  unix_x11: anyOf(act.connectSocket('/private/tmp/com.apple.launchd.abc/org.xquartz:0')),
  unix_systemd: [
    act.lookup('com.apple.coreservices.launchservicesd'),
    act.lookup('com.apple.lsd.mapdb'),
    act.lookup('com.apple.lsd.open'),
    act.lookup('com.apple.xpc.launchd.domain.user.501'),
    act.lookup('com.apple.CoreServices.coreservicesd'),
    [{ operation: 'job-creation' }],
    [{ operation: 'lsopen' }],
  ],
  unix_podman: anyOf(act.connectSocket(home('.local/share/containers/podman/machine/podman.sock'))),
  unix_nscd: anyOf(act.lookup('com.apple.trustd.agent')),
  unix_supervisor: anyOf(act.connectSocket(own('run/supervisor.sock'))),
  unix_wayland: [
    act.lookup('com.apple.windowserver.active'),
    act.lookup('com.apple.pasteboard.1'),
    act.lookup('com.apple.coreservices.appleevents'),
    act.lookup('com.apple.tccd'),
    act.lookup('com.apple.screencapture.interactive'),
    [{ operation: 'appleevent-send' }],
    [{ operation: 'hid-control' }],
    [{ operation: 'device-microphone' }],
  ],
  shm_sysv: anyOf(act.privilege('ipc-sysv-shm')),
  shm_posix: [
    [{ operation: 'ipc-posix-shm-read-data', name: '/gatehouse-escape' }],
    [{ operation: 'ipc-posix-shm-write-data', name: '/gatehouse-escape' }],
    [{ operation: 'ipc-posix-shm-write-create', name: '/gatehouse-escape' }],
  ],
  futex_waitv_shared: [[{ operation: 'ipc-posix-sem', name: '/gatehouse-escape' }]],
  msg_sysv: anyOf(act.privilege('ipc-sysv-msg')),
  sem_sysv: anyOf(act.privilege('ipc-sysv-sem')),
  tmp_of_outside: [
    act.read('/private/tmp/gatehouse-escape'),
    ...put('/private/tmp/x'),
    act.list('/private/tmp'),
  ],
  door_port: [act.bind('127.0.0.1:49152'), act.bind('0.0.0.0:8080'), act.bind('127.0.0.1:0')],
  door_port_reuse: anyOf(act.bind('127.0.0.1:49153')),
  steal_http_proxy_alias: anyOf(act.connect('127.0.0.2:49152')),
  reopen_hook: anyOf(act.change(ws('.git/hooks/existing'))),
  reopen_git_config: anyOf(act.change(ws('.git/config'))),
  reopen_envrc: anyOf(act.change(ws('.envrc'))),
  reopen_usr: anyOf(act.change('/usr/bin/env')),
  chmod_by_descriptor: anyOf(act.chmod(ws('.git/hooks/existing'))),
  chmod_hook_fd: anyOf(act.chmod(ws('.git/hooks/existing'))),
  time_hook_fd: anyOf(act.times(ws('.git/hooks/existing'))),
  xattr_hook_fd: anyOf(act.xattr(ws('.envrc'))),
  link_by_descriptor: anyOf(act.link(ws('.git/hooks/existing'), ws('linked-hook'))),
  link_usr_by_descriptor: anyOf(act.link('/usr/bin/env', ws('linked-env'))),
  rename_over_envrc: over(ws('.envrc')),
  rename_over_settings: over(ws('.claude/settings.json')),
  rename_over_tasks: over(ws('.vscode/tasks.json')),
  rename_over_policy: over(ws('gatehouse.yaml')),
  exchange_envrc: anyOf(act.exchange(ws('mine'), ws('.envrc'))),
  exchange_git_config: anyOf(act.exchange(ws('mine'), ws('.git/config'))),
  unlink_envrc: anyOf(act.remove(ws('.envrc'))),
  rmdir_git: anyOf(act.remove(ws('.git'))),
  exchange_git_folder: anyOf(act.exchange(ws('mine2'), ws('.git'))),
  exchange_claude_folder: anyOf(act.exchange(ws('mine3'), ws('.claude'))),
  symlink_over_git: anyOf(act.rename(ws('link'), ws('.git'), true)),
  parent_rename: anyOf(act.rename(HOME, `${HOME}2`)),
  parent_exchange: anyOf(act.exchange(HOME, '/private/tmp/home2')),
  swap_link: put(`${OUTSIDE}/file`),
  fs_immutable: [act.flags(PROJECT), act.flags(ws('src')), act.flags(home('x'))],
  file_attributes: anyOf(act.flags(ws('fa'))),
  file_attributes_usr: anyOf(act.flags('/usr/bin/env')),
  chown_to_root: anyOf(act.owner(ws('o1'))),
  acl_usr: [[{ operation: 'file-write-acl', path: ws('a') }]],
  pair_to_project: anyOf(act.connectSocket(ws('datagrams.sock'))),
  pair_to_outside: anyOf(act.connectSocket(`${OUTSIDE}/datagrams.sock`)),
  names_of_outside_sockets: anyOf(act.sysctl('net.local.stream.pcblist')),
  ports_of_outside: [act.sysctl('net.inet.tcp.pcblist'), act.sysctl('net.inet.udp.pcblist')],
  waits_for_victim: anyOf(act.lookAt()),
  schedule_victim: anyOf(act.control()),
  clone_range_hook: anyOf(act.change(ws('.git/hooks/existing'))),
  copy_range_hook: anyOf(act.change(ws('.git/hooks/existing'))),
  allocate_hook: anyOf(act.change(ws('.git/hooks/existing'))),
  map_hook: anyOf(act.change(ws('.git/hooks/existing'))),
  tmpfile_into_hooks: over(ws('.git/hooks/pre-push')),
  tmpfile_into_home: over(home('planted3')),
  bind_socket_in_hooks: anyOf(act.bindSocket(ws('.git/hooks/socket'))),
  fifo_over_envrc: anyOf(act.create(ws('.envrc'))),
  watch_home: anyOf(act.list(home('.ssh'))),
  watch_outside: anyOf(act.list(OUTSIDE)),
};

/** What a level lets have, which is nothing that leads out. */
export const ALLOWED_AT_STANDARD: readonly string[] = ['netlink_route'];

const GONE = 'a call or file of Linux that macOS does not have';
const ROOT = 'needs root on any Mac; the command is an ordinary user’s';
const LIMIT = 'no controller of macOS bounds it: the report says so';
const LAUNCHER = 'decided by the launcher: what is inherited, the environment, the terminal';
const KERNEL = 'decided by the kernel for every sandboxed process: no setuid program is executed';
const WHOLE = 'covered by the same question as another attempt of this list';

/** Why an attempt has no counterpart. */
export const NO_COUNTERPART: Readonly<Record<string, string>> = {
  ...each(
    GONE,
    `write_proc above_root other_root_above memory_beside_tmp link_between_scratch proc_cwd_dotdot proc_self_root proc_one_root proc_one_cwd device_sda device_nvme0n1 device_port
     device_kmsg device_fuse device_kvm device_loop0 device_loop_control device_uinput device_vhost_net
     device_mapper_control suid_fchmodat2 suid_openat2 suid_tmpfile file_capability capset ambient_capability
     securebits mount_proc open_tree move_mount fsopen mount_setattr pivot_root write_modprobe write_sysrq
     write_max_userns write_oom_score write_uid_map write_timens write_one_mem write_self_mem write_binfmt
     write_uevent write_release_agent write_cgroup_procs write_debugfs unshare_newuser clone_newuser unshare_newns
     clone_newns unshare_newpid clone_newpid unshare_newnet clone_newnet unshare_newipc clone_newipc unshare_newuts
     clone_newuts unshare_newcgroup clone_newcgroup unshare_newtime clone3_newuser setns_all pidfd_getfd pidfd_victim
     kcmp one_environ one_maps io_uring_setup io_uring_enter io_uring_register call_bpf call_perf_event_open
     call_userfaultfd call_kexec_load call_quotactl call_memfd_secret call_vmsplice call_setdomainname call_vhangup
     call_fanotify_init call_move_pages call_lookup_dcookie call_personality call_iopl call_ioperm call_modify_ldt
     open_by_handle filter_override filter_listener calls_of_32_bit calls_of_x32 tioclinux netlink_audit alg bluetooth
     xdp tipc rds kcm can unix_dbus_system unix_abstract unix_abstract_x11 mq_posix whiteout_envrc magic_link_exe
     proc_one_fd proc_one_map_files proc_one_task_root proc_parent_root proc_victim_root read_kcore read_kmsg
     read_kpageflags read_vmcore write_setgroups write_loginuid write_attr write_clear_refs_one write_last_pid
     write_dirty_ratio process_madvise process_mrelease pidfd_signal_victim prlimit_victim robust_list_victim
     affinity_victim migrate_victim memfd_exec set_mm_exe fspick fsconfig fsmount open_tree_attr quotactl_fd
     fanotify_mark kexec_file_load keyctl_session keyctl_read_persistent setns_pidfd netlink_sock_diag
     netlink_connector netlink_kobject tiocsetd kd_keyboard_entry vt_activate fs_casefold fs_freeze fs_trim
     xattr_trusted xattr_security swapoff adjtimex uselib nfsservctl socket_sctp socket_dccp socket_mptcp
     socket_mptcp6_high_bits socket_udplite socket_smc pair_to_abstract arp_of_outside one_auxv one_pagemap
     one_syscall one_io one_stack one_smaps one_exe one_timerslack one_coredump_filter one_oom one_limits
     ioprio_victim clone_into_cgroup clone_parent_of_one list_namespaces project_id verity_usr dnotify_outside
     lease_usr memfd_shared_exec dumpable_root new_privileges keep_capabilities set_clock_alarm`,
  ),
  ...each(ROOT, 'setuid_root setgid_root setgroups realtime nice_up interface_down raw6_socket'),
  ...each(LIMIT, 'fork_bomb big_file process_limit lock_memory'),
  ...each(
    LAUNCHER,
    `inherited_descriptors tiocsti tiocsti_high_bits tioccons core_limit core_to_handler ptrace_traceme scm_rights
     env_aws_secret_access_key env_github_token env_ssh_auth_sock env_dbus_session_bus_address env_ld_preload
     env_ld_library_path env_node_options env_pythonstartup env_perl5opt env_bash_env env_git_ssh_command env_display
     env_xdg_runtime_dir env_kubeconfig env_npm_config_userconfig`,
  ),
  ...each(KERNEL, 'run_su run_sudo run_newgrp run_pkexec run_fusermount3 run_newuidmap suid_open suid_creat'),
  ...each(WHOLE, 'unix_socket unix_datagram pair_raw pair_other_family'),
  unix_agent_door:
    'the door is open to the sandbox on purpose: hooks answer there, and no other way leads to it',
};

function each(why: string, names: string): Record<string, string> {
  return Object.fromEntries(names.split(/\s+/).map((name) => [name, why]));
}
