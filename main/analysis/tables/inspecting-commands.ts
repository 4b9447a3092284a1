/** Programs that look into others, and parts of a machine that most work never needs. See `system-row.ts`. */
import { always, HELP, type SystemRow } from './system-row.ts';

export const INSPECTING_COMMANDS: Readonly<Record<string, readonly SystemRow[]>> = {
  'py-spy': [
    { code: 'secret', says: 'looks into a running program', when: /^(?:dump|record|top)\b.*(?:-p|--pid)\b/ },
  ],
  rr: [{ code: 'secret', says: 'looks into a running program', when: /^attach\b/ }],
  scanmem: always('secret', 'looks into a running program', HELP),
  gameconqueror: always('secret', 'looks into a running program', HELP),
  frida: always('attack_tool', 'changes a running program', HELP),
  'frida-trace': always('attack_tool', 'changes a running program', HELP),
  objection: always('attack_tool', 'changes a running program', HELP),
  reptyr: always('secret', 'takes a running program over', HELP),
  jmap: [{ code: 'secret', says: 'copies the memory of a program', when: /dump/ }],
  jcmd: [{ code: 'secret', says: 'copies the memory of a program', when: /heap_dump|GC\.heap/ }],
  'dotnet-dump': always('secret', 'copies the memory of a program', HELP),
  vmmap: always('secret', 'looks into a running program', HELP),
  dtrace: always('secret', 'looks into running programs', HELP),
  fs_usage: always('secret', 'looks into running programs', HELP),
  opensnoop: always('secret', 'looks into running programs', HELP),
  execsnoop: always('secret', 'looks into running programs', HELP),
  ttysnoop: always('secret', 'reads what is typed', HELP),
  'run-mailcap': always('outside_code', 'runs what a table of types says', HELP),
  'gtk-launch': always('outside_code', 'starts a program of the desktop', HELP),
  qdbus: always('privilege', 'talks to other programs as the person', HELP),
  kwriteconfig5: always('system', 'changes settings of the desktop', HELP),
  kwriteconfig6: always('system', 'changes settings of the desktop', HELP),
  'xfconf-query': [
    { code: 'system', says: 'changes settings of the desktop', when: /(?:-s|--set|-n|-r|--reset)\b/ },
  ],
  'xdg-settings': [{ code: 'system', says: 'changes settings of the desktop', when: /^set\b/ }],
  'xdg-mime': [
    { code: 'persistence', says: 'changes which program opens files', when: /^(?:default|install)\b/ },
  ],
  'desktop-file-install': always('persistence', 'puts a program on the desktop', HELP),
  'xdg-desktop-menu': always('persistence', 'puts a program on the desktop', HELP),
  duti: always('persistence', 'changes which program opens files', HELP),
  plutil: [
    {
      code: 'system',
      says: 'changes settings of the machine',
      when: /-(?:replace|insert|remove)\b.*(?:\/Library\/|~\/Library)/,
    },
  ],
  PlistBuddy: [
    {
      code: 'system',
      says: 'changes settings of the machine',
      when: /-c\s*["']?(?:Add|Set|Delete|Merge)\b.*(?:\/Library\/)/i,
    },
  ],
  pmset: [
    {
      code: 'system',
      says: 'changes settings of the machine',
      when: /^(?:-[abcu]\s|schedule|repeat|sleepnow)/,
    },
  ],
  scutil: [{ code: 'system', says: 'changes settings of the machine', when: /--set\b|--dns\s+\S/ }],
  fdesetup: [
    {
      code: 'privilege',
      says: 'changes how the disk is encrypted',
      when: /^(?:disable|add|remove|changerecovery|enable|authrestart)/,
    },
  ],
  profiles: [
    {
      code: 'persistence',
      says: 'changes how the machine is managed',
      when: /(?:install|remove|-I|-R|renew)/,
    },
  ],
  bputil: always('tampering', 'switches a guard of the machine off', HELP),
  kmutil: [{ code: 'privilege', says: 'loads code into the kernel', when: /^(?:load|install|trigger)/ }],
  kextload: always('privilege', 'loads code into the kernel', HELP),
  emond: always('persistence', 'makes something run later', HELP),
  'systemd-cat': always('tampering', 'writes into the log of the machine', HELP),
  'systemd-tmpfiles': always('system', 'changes files of the machine', HELP),
  'systemd-sysusers': always('privilege', 'changes the accounts of the machine', HELP),
  'systemd-creds': [{ code: 'secret', says: 'decrypts', when: /^decrypt/ }],
  'systemd-cryptenroll': always('privilege', 'changes how the disk is encrypted', HELP),
  homectl: [
    {
      code: 'privilege',
      says: 'changes the accounts of the machine',
      when: /^(?:create|update|remove|passwd|activate|authenticate)/,
    },
  ],
  portablectl: [
    { code: 'persistence', says: 'makes a service start by itself', when: /^(?:attach|reattach)/ },
  ],
  runcon: always('privilege', 'runs with other rights', HELP),
  newgidmap: always('privilege', 'runs with other rights', HELP),
  newuidmap: always('privilege', 'runs with other rights', HELP),
  udevadm: [{ code: 'persistence', says: 'has rules for devices run', when: /^(?:control|trigger|hwdb)\b/ }],
  'update-initramfs': always('system', 'changes how the machine starts', HELP),
  dracut: always('system', 'changes how the machine starts', HELP),
  mkinitcpio: always('system', 'changes how the machine starts', HELP),
  grubby: always('system', 'changes how the machine starts', HELP),
  bootctl: [
    {
      code: 'system',
      says: 'changes how the machine starts',
      when: /^(?:install|update|remove|set-\w+|random-seed)/,
    },
  ],
  mokutil: [
    {
      code: 'tampering',
      says: 'changes what the machine trusts',
      when: /--(?:import|disable|enable|delete|reset)/,
    },
  ],
  sbctl: [
    {
      code: 'tampering',
      says: 'changes what the machine trusts',
      when: /^(?:enroll|create|sign|reset|rotate)/,
    },
  ],
};
