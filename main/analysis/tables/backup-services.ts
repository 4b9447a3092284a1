/** Backups and object stores. See `service-row.ts`. */
import { CLOUD, type ServiceRow } from './service-row.ts';

export const BACKUP_SERVICES: Readonly<Record<string, ServiceRow>> = {
  restic: CLOUD(1, {
    loses: ['forget', 'prune', 'unlock', 'key remove', 'rewrite', 'repair'],
    keeps: ['backup', 'dump', 'mount', 'restore', 'copy', 'init', 'check'],
  }),
  borg: CLOUD(1, {
    loses: ['delete', 'prune', 'compact', 'recreate', 'rdelete', 'break-lock', 'key change-passphrase'],
    keeps: ['create', 'check', 'mount', 'umount', 'diff', 'init', 'extract', 'info', 'export-tar', 'list'],
  }),
  borgmatic: CLOUD(1, { loses: ['prune', 'compact', 'delete', 'rdelete'] }),
  kopia: CLOUD(2),
  duplicity: CLOUD(1, {
    loses: ['remove-older-than', 'remove-all-but-n-full', 'cleanup', 'remove-all-inc-of-but-n-full'],
  }),
  duplicacy: CLOUD(1, { loses: ['prune'] }),
  rclone: CLOUD(1, {
    loses: [
      'sync',
      'delete',
      'deletefile',
      'purge',
      'rmdir',
      'rmdirs',
      'move',
      'moveto',
      'cleanup',
      'dedupe',
      'bisync',
      'rcat',
      'settier',
      'config delete',
    ],
    keeps: [
      'copy',
      'copyto',
      'ls',
      'lsd',
      'lsl',
      'lsf',
      'lsjson',
      'check',
      'size',
      'md5sum',
      'cat',
      'mount',
      'ncdu',
      'tree',
      'about',
      'version',
      'listremotes',
    ],
    losingOptions: /^--delete/,
    dry: /^(?:--dry-run|-n|--interactive|-i)$/,
  }),
  s3cmd: CLOUD(1, {
    loses: ['del', 'rm', 'rb', 'expire', 'mv', 'dellifecycle', 'delpolicy', 'delcors'],
    losingOptions: /^--delete-removed$/,
  }),
  s5cmd: CLOUD(1, { losingOptions: /^--delete$/ }),
  mc: CLOUD(2, {
    loses: ['rm', 'rb', 'mv', 'admin service stop', 'mirror', 'retention clear', 'undo'],
    keeps: [],
  }),
  b2: CLOUD(2, { losingOptions: /^--delete$/ }),
  gdrive: CLOUD(2),
};
