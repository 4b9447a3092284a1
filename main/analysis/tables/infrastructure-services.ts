/** Tools that build infrastructure. See `service-row.ts`. */
import { CLOUD, type ServiceRow } from './service-row.ts';

export const INFRASTRUCTURE_SERVICES: Readonly<Record<string, ServiceRow>> = {
  terraform: CLOUD(2, {
    losingOptions: /^--?(?:destroy|auto-approve)$/,
    loses: ['destroy', 'state rm', 'state push', 'workspace delete', 'taint', 'force-unlock'],
    keeps: ['plan', 'show', 'graph'],
  }),
  tofu: CLOUD(2, {
    losingOptions: /^--?(?:destroy|auto-approve)$/,
    loses: ['destroy', 'state rm', 'workspace delete', 'taint', 'force-unlock'],
    keeps: ['plan'],
  }),
  terragrunt: CLOUD(2, {
    losingOptions: /^--?destroy$/,
    loses: ['destroy', 'run-all destroy', 'destroy-all', 'run-all apply'],
    keeps: ['plan'],
  }),
  pulumi: CLOUD(2, { loses: ['destroy', 'stack rm', 'state delete', 'down', 'cancel'], keeps: ['preview'] }),
  cdk: CLOUD(1),
  cdktf: CLOUD(1),
  sam: CLOUD(1),
  serverless: CLOUD(2, { loses: ['remove', 'rollback'], keeps: ['offline'] }),
  sls: CLOUD(2),
  sst: CLOUD(1),
  packer: CLOUD(1),
  'ansible-galaxy': CLOUD(2),
  chef: CLOUD(2),
  knife: CLOUD(2),
  puppet: CLOUD(2),
  nomad: CLOUD(2, { loses: ['job stop', 'stop', 'system gc', 'node drain', 'namespace delete'] }),
  consul: CLOUD(2, { loses: ['kv delete', 'leave', 'force-leave'] }),
  waypoint: CLOUD(2),
  boundary: CLOUD(2),
};
