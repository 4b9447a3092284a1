/** All services by the name of their program. */

import { BACKUP_SERVICES } from './backup-services.ts';
import { CLOUD_SERVICES } from './cloud-services.ts';
import { CLUSTER_SERVICES } from './cluster-services.ts';
import { DATABASE_SERVICES } from './database-services.ts';
import { FORGE_SERVICES } from './forge-services.ts';
import { HOSTING_SERVICES } from './hosting-services.ts';
import { INFRASTRUCTURE_SERVICES } from './infrastructure-services.ts';
import { OTHER_SERVICES } from './other-services.ts';
import { QUEUE_SERVICES } from './queue-services.ts';
import type { ServiceRow } from './service-row.ts';
import { VAULT_SERVICES } from './vault-services.ts';

export const SERVICES: Readonly<Record<string, ServiceRow>> = {
  ...CLOUD_SERVICES,
  ...INFRASTRUCTURE_SERVICES,
  ...CLUSTER_SERVICES,
  ...VAULT_SERVICES,
  ...FORGE_SERVICES,
  ...HOSTING_SERVICES,
  ...QUEUE_SERVICES,
  ...BACKUP_SERVICES,
  ...DATABASE_SERVICES,
  ...OTHER_SERVICES,
};
