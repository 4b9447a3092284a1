/** Processes, settings, desktops and virtual machines. See `system-row.ts`. */
import { always, HELP, type SystemRow } from './system-row.ts';

const POWER = always('system', 'stops or restarts the machine', HELP);

export const DESKTOP_COMMANDS: Readonly<Record<string, readonly SystemRow[]>> = {
  pkill: [
    {
      code: 'tampering',
      says: 'ends a guard of the machine',
      when: /falco|auditd|osquery|clamav|crowdstrike|falcon|sysdig|wazuh|ossec|snort|suricata|fail2ban|apparmor|syslog|gatehouse|defender|sentinel|carbonblack|auditbeat/i,
    },
    {
      code: 'system',
      says: 'ends programs that it did not start',
      when: /(?:^|\s)-u\b|(?:^|\s)(?:\.|\.\*|\.\+|\^|\$)?$/,
    },
  ],
  killall: [
    {
      code: 'tampering',
      says: 'ends a guard of the machine',
      when: /falco|auditd|osquery|clamav|falcon|sysdig|wazuh|ossec|snort|suricata|fail2ban|syslog|gatehouse|defender|sentinel/i,
    },
    {
      code: 'system',
      says: 'ends programs that it did not start',
      when: /(?:^|\s)-(?:u|-user)\b|Finder|Dock|WindowServer|loginwindow|gnome-shell|Xorg/,
    },
  ],
  killall5: POWER,
  xkill: always('system', 'ends programs that it did not start'),
  fuser: [{ code: 'system', says: 'ends programs that it did not start', when: /\s?-\w*k.*\s\/(?!\S*tcp)/ }],
  renice: always('system', 'changes other programs', /\d+$/),
  gdbserver: always('privilege', 'works inside another program'),
  defaults: [
    {
      code: 'system',
      says: 'changes settings of the machine',
      when: /^(?:-\S+\s+)*(?:write|delete|import)\b/,
    },
  ],
  gsettings: [{ code: 'system', says: 'changes settings of the desktop', when: /^(?:set|reset)/ }],
  dconf: [{ code: 'system', says: 'changes settings of the desktop', when: /^(?:write|reset|load)/ }],
  reg: [
    { code: 'persistence', says: 'changes the registry', when: /^(?:add|delete|import|restore)\b/i },
    { code: 'secret', says: 'copies the registry', when: /^(?:save|export)\b/i },
  ],
  'update-alternatives': always('system', 'changes which program runs', /--(?:list|display|query|get)/),
  ldconfig: always('system', 'changes which libraries are loaded', /-p\b/),
  'update-ca-certificates': always('tampering', 'changes what the machine trusts'),
  'update-ca-trust': always('tampering', 'changes what the machine trusts'),
  trust: [{ code: 'tampering', says: 'changes what the machine trusts', when: /anchor|extract/ }],
  certutil: [
    { code: 'tampering', says: 'changes what the machine trusts', when: /-(?:A|addstore|decode|urlcache)\b/ },
  ],
  mkcert: [{ code: 'tampering', says: 'changes what the machine trusts', when: /-install/ }],
  'dpkg-divert': always('system', 'changes programs of the machine'),
  'dpkg-reconfigure': always('system', 'changes programs of the machine'),
  chvt: always('system', 'changes the screen'),
  wall: always('system', 'writes to every terminal'),
  write: always('system', 'writes to another terminal'),
  'dbus-send': always('privilege', 'talks to other programs as the person'),
  gdbus: always('privilege', 'talks to other programs as the person', /introspect/),
  busctl: [
    {
      code: 'privilege',
      says: 'talks to other programs as the person',
      when: /\b(?:call|set-property|emit)\b/,
    },
  ],
  pkttyagent: always('privilege', 'asks for rights'),
  zenity: always('privilege', 'shows the person a dialog of its own'),
  kdialog: always('privilege', 'shows the person a dialog of its own'),
  'notify-send': always('privilege', 'shows the person a notice of its own'),
  rundll32: always('outside_code', 'loads code'),
  regsvr32: always('outside_code', 'loads code'),
  mshta: always('remote_code', 'runs code from the network'),
  bitsadmin: always('remote_code', 'fetches in the background'),
  wmic: always('privilege', 'works on the machine'),
  vssadmin: always('destroys', 'deletes snapshots'),
  cipher: always('destroys', 'wipes free space'),
  icacls: always('privilege', 'changes who may use files'),
  takeown: always('privilege', 'changes who may use files'),
  del: [{ code: 'destroys', says: 'deletes files', when: /\/[sq]\b/i }],
  erase: [{ code: 'destroys', says: 'deletes files', when: /\/[sq]\b/i }],
  rd: [{ code: 'destroys', says: 'deletes folders', when: /\/[sq]\b/i }],
  'remove-item': [{ code: 'destroys', says: 'deletes files', when: /-(?:r|fo)/i }],
  sc: [
    {
      code: 'system',
      says: 'changes services of the machine',
      when: /^(?:create|delete|stop|config|start)\b/,
    },
  ],
  net: [
    {
      code: 'privilege',
      says: 'changes accounts or services',
      when: /^(?:user|localgroup|stop|start|share|accounts)\b.*\S/,
    },
  ],
  'stress-ng': always('system', 'loads the machine'),
  stress: always('system', 'loads the machine'),
  tmutil: [{ code: 'destroys', says: 'deletes backups', when: /delete|disable|thin/ }],
  timeshift: [{ code: 'destroys', says: 'deletes or restores snapshots', when: /--(?:delete|restore)/ }],
  snapper: [{ code: 'destroys', says: 'deletes snapshots', when: /delete|undochange|rollback/ }],
  ipcrm: always('system', 'deletes shared memory'),
  'docker-machine': [{ code: 'destroys', says: 'deletes machines', when: /^(?:rm|kill)/ }],
  virsh: [
    {
      code: 'destroys',
      says: 'deletes or stops machines',
      when: /\b(?:destroy|undefine|vol-delete|pool-delete|pool-destroy|snapshot-delete|shutdown|vol-wipe)\b/,
    },
  ],
  VBoxManage: [
    {
      code: 'destroys',
      says: 'deletes machines',
      when: /unregistervm|closemedium.*--delete|snapshot.*delete/,
    },
  ],
  vagrant: [{ code: 'destroys', says: 'deletes a machine', when: /^(?:destroy|box remove|snapshot delete)/ }],
  multipass: [{ code: 'destroys', says: 'deletes machines', when: /^(?:delete|purge)/ }],
  lxc: [
    {
      code: 'privilege',
      says: 'hands the machine to a container',
      when: /\bdevice add\b.*\bdisk\b|security\.(?:privileged|nesting)/,
    },
    { code: 'destroys', says: 'deletes containers', when: /^(?:\w+ )?(?:delete|rm)\b/ },
  ],
  incus: [
    {
      code: 'privilege',
      says: 'hands the machine to a container',
      when: /\bdevice add\b.*\bdisk\b|security\.(?:privileged|nesting)/,
    },
    { code: 'destroys', says: 'deletes containers', when: /^(?:\w+ )?(?:delete|rm)\b/ },
  ],
  limactl: [{ code: 'destroys', says: 'deletes machines', when: /^(?:delete|rm|factory-reset|prune)/ }],
  colima: [{ code: 'destroys', says: 'deletes machines', when: /^delete/ }],
  'nix-collect-garbage': always('destroys', 'deletes old generations'),
  lpr: always('sends', 'prints'),
};
