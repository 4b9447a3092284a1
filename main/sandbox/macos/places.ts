/** What every profile for macOS shows of the system, and which of its services may be asked for, by level. */
import type { Level } from '../launch-plan.ts';

/** Folders that belong to the system or hold programs, none of them a secret. `/usr`, `/opt` and the like are views. */
export const SYSTEM_FOLDERS: readonly string[] = [
  '/System/Library',
  '/System/Cryptexes',
  '/System/iOSSupport',
  '/System/Volumes/Preboot/Cryptexes',
  '/Library/Apple',
  '/Library/Developer/CommandLineTools',
  '/Library/Frameworks',
  '/Library/Java',
  '/Applications/Xcode.app/Contents',
  '/private/etc/paths.d',
  '/private/etc/ssl',
  '/private/var/db/timezone',
  '/private/var/select',
];
/** `/private/etc` is not shown whole: backups of keys and settings of services lie there too. */
export const SYSTEM_FILES: readonly string[] = [
  '/',
  '/private/var/db/xcode_select_link',
  ...[
    'bashrc',
    'gitconfig',
    'hosts',
    'localtime',
    'man.conf',
    'networks',
    'passwd',
    'paths',
    'profile',
    'protocols',
    'resolv.conf',
    'services',
    'shells',
    'ttys',
    'zprofile',
    'zshenv',
    'zshrc',
  ].map((name) => `/private/etc/${name}`),
];
/** Links and folders that lead to what is shown: only that they are there is told. */
export const SYSTEM_WAYS: readonly string[] = [
  '/etc',
  '/tmp',
  '/var',
  '/private',
  '/private/etc',
  '/private/tmp',
  '/private/var',
  '/private/var/db',
  '/private/var/run',
  '/Applications',
  '/Applications/Xcode.app',
  '/Library',
  '/Library/Developer',
  '/System',
  '/System/Volumes',
  '/System/Volumes/Preboot',
  '/dev',
];

/** Devices that hold nothing. */
export const READ_DEVICES = [
  '/dev/null',
  '/dev/zero',
  '/dev/random',
  '/dev/urandom',
  '/dev/autofs_nowait',
  '/dev/dtracehelper',
];
export const WRITE_DEVICES = ['/dev/null', '/dev/zero', '/dev/dtracehelper'];

/**
 * Services of launchd. Left out, and why: whatever starts programs outside (`launchservicesd`, `lsd`, Apple events),
 * the keychain (`securityd`, `SecurityServer`), the pasteboard, the window server, `trustd` (it fetches what a
 * certificate names), and `mDNSResponder` (names that are looked up are a way out).
 */
export const SERVICES: Readonly<Record<Level, readonly string[]>> = {
  standard: [
    'com.apple.system.opendirectoryd.libinfo',
    'com.apple.system.opendirectoryd.membership',
    'com.apple.system.notification_center',
    'com.apple.system.logger',
    'com.apple.logd',
    'com.apple.cfprefsd.daemon',
    'com.apple.cfprefsd.agent',
    'com.apple.PowerManagement.control',
  ],
  strict: ['com.apple.system.opendirectoryd.libinfo', 'com.apple.system.notification_center'],
  maximum: ['com.apple.system.opendirectoryd.libinfo', 'com.apple.system.notification_center'],
};

/** Facts of the machine and of one's own processes. The list of all processes is not among them. */
export const SYSCTL_PREFIXES = [
  'hw.',
  'machdep.cpu.',
  'machdep.ptrauth_enabled',
  'kern.os',
  'kern.proc.pid.',
  'kern.proc.pgrp.',
];
export const SYSCTL_NAMES = [
  'kern.argmax',
  'kern.bootargs',
  'kern.boottime',
  'kern.clockrate',
  'kern.hostname',
  'kern.maxfiles',
  'kern.maxfilesperproc',
  'kern.maxproc',
  'kern.maxprocperuid',
  'kern.ngroups',
  'kern.secure_kernel',
  'kern.tcsm_available',
  'kern.tcsm_enable',
  'kern.usrstack64',
  'kern.version',
  'kern.willshutdown',
  'security.mac.lockdown_mode_state',
  'sysctl.proc_cputype',
  'vm.loadavg',
];
