/** Databases, by their tools of administration. See `service-row.ts`. */
import { CLOUD, type ServiceRow } from './service-row.ts';

export const DATABASE_SERVICES: Readonly<Record<string, ServiceRow>> = {
  'elasticsearch-plugin': CLOUD(1),
  curator: CLOUD(1),
  nodetool: CLOUD(1, {
    loses: [
      'decommission',
      'removenode',
      'drain',
      'clearsnapshot',
      'truncatehints',
      'assassinate',
      'stopdaemon',
      'disablebinary',
      'disablegossip',
    ],
  }),
  influx: CLOUD(2),
  influxd: CLOUD(1),
  cbc: CLOUD(1),
  'couchbase-cli': CLOUD(1),
  meilisearch: CLOUD(0),
  qdrant: CLOUD(0),
  patronictl: CLOUD(1),
  pg_ctl: CLOUD(1, { loses: ['stop', 'restart', 'kill', 'promote'] }),
  pg_dropcluster: CLOUD(0),
  repmgr: CLOUD(2),
  pgbackrest: CLOUD(1, { loses: ['expire', 'stanza-delete', 'stop'] }),
  barman: CLOUD(1, { loses: ['delete'] }),
  'wal-g': CLOUD(1),
  gpbackup: CLOUD(1),
  mysqlsh: CLOUD(1),
};
