/**
 * A process that appends to a log as fast as it can, so that it can be killed meanwhile.
 *
 * `node audit-appender.ts FILE NAME`: prints the sequence number of each row once it is durable, one a line.
 */
import { openAuditLog } from '../../main/audit/log.ts';
import { decided } from './audit-events.ts';

const [file = '', name = ''] = process.argv.slice(2);
const log = await openAuditLog({ file });
let next = 0;
const one = async () => {
  for (;;) {
    const { seq } = await log.append(decided(`${name}_${next++}`));
    process.stdout.write(`${seq}\n`);
  }
};
await Promise.all(Array.from({ length: 300 }, one));
