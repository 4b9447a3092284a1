/** Stores of secrets. See `service-row.ts`. */
import { CLOUD, type ServiceRow } from './service-row.ts';

export const VAULT_SERVICES: Readonly<Record<string, ServiceRow>> = {
  vault: CLOUD(3, {
    loses: [
      'delete',
      'kv destroy',
      'kv metadata delete',
      'operator seal',
      'operator rekey',
      'operator step-down',
      'lease revoke',
      'token revoke',
      'secrets disable',
      'secrets move',
      'auth disable',
      'audit disable',
    ],
  }),
  doppler: CLOUD(3, { keeps: ['run'] }),
  op: CLOUD(2, { keeps: ['run', 'signin'] }),
  bw: CLOUD(2),
  lpass: CLOUD(1, { loses: ['rm'] }),
  infisical: CLOUD(2, { keeps: ['run'] }),
  chamber: CLOUD(1),
  'keeper-commander': CLOUD(1),
  akeyless: CLOUD(1),
  conjur: CLOUD(2),
  teller: CLOUD(1),
  envkey: CLOUD(1),
  berglas: CLOUD(1),
};
