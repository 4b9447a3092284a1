/** The rules of every profile that name no path of the person's: devices, processes, services, shared memory. */
import type { Level } from '../launch-plan.ts';
import { READ_DEVICES, SERVICES, SYSCTL_NAMES, SYSCTL_PREFIXES, WRITE_DEVICES } from './places.ts';
import { type AllowRule, all, type Filter, text } from './sbpl.ts';

export function systemRules(level: Level): readonly AllowRule[] {
  return [...deviceRules(), ...processRules(level !== 'standard'), ...serviceRules(level)];
}

function deviceRules(): readonly AllowRule[] {
  const device = (path: string): Filter =>
    all([
      ['literal', text(path)],
      ['vnode-type', 'CHARACTER-DEVICE'],
    ]);
  return [
    {
      why: 'Devices that hold nothing. The terminal of whoever started it is not opened anew.',
      operations: ['file-read*', 'file-test-existence'],
      filters: [...READ_DEVICES.map(device), ['subpath', text('/dev/fd')]],
    },
    {
      why: 'The same, written to.',
      operations: ['file-write-data', 'file-ioctl'],
      filters: [...WRITE_DEVICES.map(device), ['subpath', text('/dev/fd')]],
    },
    {
      // Without a controlling terminal, which the launcher leaves it, the kernel takes no typed-in text (TIOCSTI).
      why: 'Settings of a terminal that was handed in.',
      operations: ['file-ioctl', 'file-read-metadata'],
      filters: [['regex', text('^/dev/ttys[0-9]+$')]],
    },
    { why: 'A terminal that is made inside.', operations: ['pseudo-tty'], filters: 'anywhere' },
    {
      why: 'Its two ends: the kernel marks what this sandbox opened.',
      operations: ['file-read*', 'file-write-data', 'file-ioctl'],
      filters: [
        ['literal', text('/dev/ptmx')],
        all([
          ['regex', text('^/dev/ttys[0-9]+$')],
          ['extension', text('com.apple.sandbox.pty')],
        ]),
      ],
    },
  ];
}

function processRules(strict: boolean): readonly AllowRule[] {
  const own: Filter = ['target', 'same-sandbox'];
  return [
    { why: 'What is started is in the same sandbox.', operations: ['process-fork'], filters: 'anywhere' },
    {
      why: 'Signals, and what is told of processes: of this sandbox.',
      operations: ['signal', 'process-info*', 'mach-priv-task-port'],
      filters: [own],
    },
    {
      why: 'Facts of the machine, and of processes by their number.',
      operations: ['sysctl-read'],
      filters: [
        ...SYSCTL_NAMES.map((name): Filter => ['sysctl-name', text(name)]),
        ...SYSCTL_PREFIXES.map((name): Filter => ['sysctl-name-prefix', text(name)]),
        ...(strict ? [] : ([['sysctl-name-prefix', text('net.routetable.')]] as const)),
      ],
    },
  ];
}

function serviceRules(level: Level): readonly AllowRule[] {
  const rules: AllowRule[] = [
    {
      why: 'Services outside that neither start anything nor hold a secret.',
      operations: ['mach-lookup'],
      filters: SERVICES[level].map((name): Filter => ['global-name', text(name)]),
    },
    {
      why: 'What the notification centre shares for reading.',
      operations: ['ipc-posix-shm-read*'],
      filters: [['ipc-posix-name', text('apple.shm.notification_center')]],
    },
  ];
  if (level !== 'standard') return rules;
  return [
    ...rules,
    {
      why: 'Preferences, for reading.',
      operations: ['ipc-posix-shm-read*'],
      filters: [['ipc-posix-name-prefix', text('apple.cfprefs.')]],
    },
    { why: 'The same.', operations: ['user-preference-read'], filters: 'anywhere' },
    {
      why: 'Locks of Python processes among themselves.',
      operations: ['ipc-posix-sem'],
      filters: [['ipc-posix-name-prefix', text('/mp-')]],
    },
    {
      why: 'Sleep and power, for reading.',
      operations: ['iokit-open'],
      filters: [['iokit-registry-entry-class', text('RootDomainUserClient')]],
    },
  ];
}
