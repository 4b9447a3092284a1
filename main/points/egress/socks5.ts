/** The SOCKS5 side of the proxy (RFC 1928): CONNECT without a password, to a name or address. */
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import type { Client } from './egress.ts';
import type { Intake } from './intake.ts';
import { refusal, shownTarget, type Target, targetOf } from './target.ts';
import { FirstLook, tunnel } from './tunnel.ts';

/** From the first byte to the last of what it asks for. */
const WITHIN_MS = 15_000;
const VERSION = 5;
const REPLY = { ok: 0, failed: 1, notAllowed: 2, unreachable: 4, command: 7, address: 8 } as const;
type Reply = keyof typeof REPLY;
const CODES: Readonly<Record<string, Reply>> = {
  egress_refused: 'notAllowed',
  egress_denied: 'notAllowed',
  egress_failed: 'unreachable',
};

/** What the client asked for is none of what this proxy does. */
class Unserved extends Error {
  readonly reply: Reply;

  constructor(reply: Reply, why: string) {
    super(why);
    this.reply = reply;
  }
}

export async function serveSocks(client: Client): Promise<void> {
  const { socket, intake } = client;
  let target: Target;
  try {
    const asked = await intake.within(WITHIN_MS, async () =>
      (await greeted(client)) ? requested(intake) : null,
    );
    if (asked === null) return;
    target = asked;
  } catch (error) {
    client.refused('', messageOf(error));
    return say(client, error instanceof Unserved ? error.reply : 'notAllowed');
  }
  let reached: Awaited<ReturnType<Client['reach']>>;
  try {
    reached = await client.reach(target, 'SOCKS5');
  } catch (error) {
    say(client, (error instanceof GatehouseError ? CODES[error.code] : undefined) ?? 'failed');
    if (!(error instanceof GatehouseError)) throw error;
    return;
  }
  socket.write(replyOf('ok'));
  const end = await tunnel(socket, reached.place, new FirstLook(target), intake.rest());
  if (end.refused) client.refused(shownTarget(target), end.problem ?? '');
  reached.pass.left(end);
}

/** Version and methods: the only one is none. */
async function greeted({ intake, socket, refused }: Client): Promise<boolean> {
  const [version, count = 0] = await intake.take(2);
  if (version !== VERSION) throw refusal('not SOCKS version 5');
  const methods = await intake.take(count);
  if (methods.includes(0)) {
    socket.write(Buffer.from([VERSION, 0]));
    return true;
  }
  refused('', 'a way of authentication that this proxy does not have');
  socket.end(Buffer.from([VERSION, 0xff]));
  socket.resume();
  return false;
}

async function requested(intake: Intake): Promise<Target> {
  const [version, command, reserved, kind] = await intake.take(4);
  if (version !== VERSION || reserved !== 0) throw refusal('not a request of SOCKS version 5');
  const host = await hostOf(intake, kind ?? 0);
  const port = (await intake.take(2)).readUInt16BE(0);
  if (command !== 1) throw new Unserved('command', 'only connections are made: no listening, no datagrams');
  return targetOf(host, String(port));
}

async function hostOf(intake: Intake, kind: number): Promise<string> {
  if (kind === 1) return [...(await intake.take(4))].join('.');
  if (kind === 4) {
    const words = (await intake.take(16)).toString('hex').match(/.{4}/g) ?? [];
    return `[${words.join(':')}]`;
  }
  if (kind !== 3) throw new Unserved('address', 'an unknown kind of address');
  const [length = 0] = await intake.take(1);
  // Latin 1, so that each byte is a character: a zero byte in a name stays one, and is refused.
  return (await intake.take(length)).toString('latin1');
}

function replyOf(reply: Reply): Buffer {
  return Buffer.from([VERSION, REPLY[reply], 0, 1, 0, 0, 0, 0, 0, 0]);
}

function say({ socket }: Client, reply: Reply): void {
  if (socket.destroyed || !socket.writable) return;
  socket.end(replyOf(reply));
  socket.resume();
  setTimeout(() => socket.destroy(), 5000).unref();
}
