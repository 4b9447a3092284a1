/** Events that are no calls, in plain words for the timeline. */
import { basename, dirname } from 'node:path';
import { assertNever } from '../platform/errors.ts';
import { type AuditEvent, ENFORCEMENT_PROBE, type VaultChange } from './event.ts';
import { reviewSentence } from './review-words.ts';

type PlainEvent = Exclude<AuditEvent, { type: 'call.decided' | 'approval.resolved' | 'call.completed' }>;

export interface Sentence {
  readonly summary: string;
  readonly reason: string;
  readonly client: string;
  readonly app: string;
  readonly session: string;
  /** Needs attention. */
  readonly alarm: boolean;
}

const RULE_WORDS = {
  made: 'An answer is remembered',
  withdrawn: 'A remembered answer was taken back',
  expired: 'A remembered answer is over',
  merged: 'A remembered answer was merged into a wider one',
  session_ended: 'A remembered answer ended with its session',
} as const;

const PRESENCE_ACTS: Readonly<Record<string, string>> = {
  set_pin: 'The PIN was set',
  unlock_page: 'A page showed the PIN',
  reveal_credential: 'The PIN was shown to see a credential',
  export_vault: 'The PIN was shown to export the vault',
  copy_credential: 'The PIN was shown to copy a credential',
  make_deciding_token: 'The PIN was shown to make a token that may answer requests',
};

/** What happened, in a sentence, and what it concerns. */
export function sentenceOf(event: PlainEvent): Sentence {
  const plain = (summary: string, reason = ''): Sentence => ({
    summary,
    reason,
    client: '',
    app: '',
    session: '',
    alarm: false,
  });
  switch (event.type) {
    case 'supervisor.started':
      return plain(`Gatehouse ${event.version} started`, `${event.shell}, pid ${event.pid}`);
    case 'supervisor.stopped':
      return plain('Gatehouse stopped', event.reason);
    case 'policy.loaded':
      return policySentence(event);
    case 'policy.trusted':
      return plain(
        event.change === 'trusted'
          ? 'A policy file of a project is trusted'
          : 'A policy file of a project is no longer trusted',
        event.file,
      );
    case 'session.started':
      return {
        summary: `${event.client} began in ${basename(event.app) || event.app}`,
        reason: event.app,
        client: event.client,
        app: event.app,
        session: event.session,
        alarm: false,
      };
    case 'session.ended':
      return { ...plain('A session ended', event.reason), session: event.session };
    case 'turn.started':
      return { ...plain(`Prompt ${event.turn}`, `${event.promptBytes} bytes`), session: event.session };
    case 'sandbox.started':
      return {
        summary: `${event.program} was started in a sandbox: ${event.reached ?? 'less than standard'}`,
        reason: event.lacking.join('; '),
        client: event.client,
        app: event.app,
        session: event.session,
        alarm: event.reached === null,
      };
    case 'sandbox.denied':
      return {
        ...plain(
          'The kernel denied system calls',
          Object.entries(event.calls)
            .map(([name, count]) => `${name} ${count}`)
            .join(', '),
        ),
        session: event.session,
      };
    case 'egress.refused':
      return {
        ...plain('Connections out of a sandbox were refused', refusedWords(event).join('; ')),
        session: event.session,
      };
    case 'sandbox.recorded':
      return {
        ...plain(recordedSummary(event), recordedWords(event).join('; ')),
        session: event.session,
      };
    case 'sandbox.ended':
      return {
        ...plain(
          event.quarantined.length === 0
            ? 'A sandbox ended'
            : `A sandbox ended, and ${event.quarantined.length} files were taken out of the project`,
          [event.reason, ...event.quarantined].filter((part) => part !== '').join('; '),
        ),
        session: event.session,
        alarm: event.quarantined.length > 0,
      };
    case 'review.changed':
      return reviewSentence(event);
    case 'behavior.fired':
      return {
        ...plain(`The rule ${event.firing.rule} told the agent: ${event.firing.message}`, event.firing.at),
        session: event.session,
      };
    case 'grant.changed':
      return { ...plain(grantWords(event.change), `for the call ${event.callId}`), session: event.session };
    case 'rule.changed': {
      const { change, sentence, client, app, session, endsMicros, via, why } = event;
      const until =
        endsMicros === null ? '' : `until ${new Date(endsMicros / 1000).toISOString().slice(0, 16)}Z`;
      return {
        summary: `${RULE_WORDS[change]}: ${sentence}`,
        reason: [why, change === 'made' ? until : '', via === null ? '' : `from the ${via}`]
          .filter((part) => part !== '')
          .join(', '),
        client,
        app: app ?? '',
        session: session ?? '',
        alarm: false,
      };
    }
    case 'mcp.changed': {
      const words = {
        registered: 'was registered',
        removed: 'was removed',
        tool_accepted: 'has a tool that was agreed to',
        program_accepted: 'has a program that was agreed to',
        routed: 'is reached through Gatehouse by a client',
        put_back: 'is reached past Gatehouse by a client again',
        tools_on: 'with the governed tools was put into a client',
        tools_off: 'with the governed tools was taken out of a client',
      } as const;
      return plain(`The MCP server ${event.server} ${words[event.change]}`, event.detail);
    }
    case 'agent.changed': {
      const words = {
        connected: 'was connected',
        disconnected: 'was disconnected',
        broken: 'is not enforced any more',
        repaired: 'is enforced again',
      } as const;
      return {
        ...plain(`${event.client} ${words[event.change]}`, event.detail),
        client: event.client,
        alarm: event.change === 'broken',
      };
    }
    case 'api.changed':
      return plain(
        apiWords(event),
        [event.scopes.join(', '), event.via].filter((part) => part !== '').join(', from the '),
      );
    case 'vault.changed':
      return {
        ...plain(
          vaultWords(event),
          [event.detail, event.via].filter((part) => part !== '').join(', from the '),
        ),
        alarm: event.change === 'unlock_failed',
      };
    case 'credential.used': {
      const { credential, how, client, app, session, detail } = event;
      return { summary: USE_WORDS[how](credential), reason: detail, client, app, session, alarm: false };
    }
    case 'pause.changed':
      return {
        ...plain(
          pauseWords(event),
          [event.why, event.via === null ? '' : `from the ${event.via}`]
            .filter((part) => part !== '')
            .join(', '),
        ),
        client: event.agent ?? '',
      };
    case 'presence': {
      const act = PRESENCE_ACTS[event.act] ?? `The PIN was asked for ${event.act}`;
      return {
        ...plain(
          event.ok ? act : `${act}: refused`,
          [event.via, event.detail].filter((part) => part !== '').join(', '),
        ),
        alarm: !event.ok,
      };
    }
    case 'security':
      return {
        ...plain(event.detail, event.what),
        session: event.session ?? '',
        alarm: event.what !== ENFORCEMENT_PROBE,
      };
    case 'log.pruned':
      return plain(
        `${event.rows} rows were removed from the log after their time`,
        `rows ${event.from} to ${event.to}${event.by === 'person' ? ', by a person' : ''}`,
      );
    case 'log.resealed':
      return { ...plain('The log is signed with a new key from here on', event.why), alarm: true };
    case 'clock.jumped':
      return plain(
        event.deltaMs > 0 ? 'The clock was put ahead, or the machine slept' : 'The clock was put back',
        `by ${Math.abs(Math.round(event.deltaMs / 1000))} s`,
      );
    case 'log.verified':
      return {
        ...plain(
          event.ok ? `The log was checked: intact, ${event.rows} rows` : 'The log was checked: it is broken',
          event.problem ?? '',
        ),
        alarm: !event.ok,
      };
    default:
      return assertNever(event, 'sentenceOf');
  }
}

function policySentence(event: Extract<AuditEvent, { type: 'policy.loaded' }>): Sentence {
  const summary = {
    ok: 'The policy file is in force',
    last_good: 'The policy file has errors: the last good version stays in force',
    none: 'The policy file has errors and no earlier version is known: everything is refused',
  }[event.state];
  if (event.layer === 'project') return projectSentence(event);
  const reason = event.errors.length === 0 ? event.file : event.errors.join('; ');
  return { summary, reason, client: '', app: '', session: '', alarm: event.state !== 'ok' };
}

function pauseWords({ what, change, agent, until }: Extract<AuditEvent, { type: 'pause.changed' }>): string {
  if (what === 'stop')
    return change === 'began'
      ? 'Everything was stopped: every call is refused'
      : 'Agents may work again: the stop was ended';
  const who = agent ?? 'All agents';
  if (change === 'ended') return `The pause of ${agent ?? 'all agents'} ended`;
  const end =
    until === null ? '' : ` until ${new Date(until).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return `${who} ${agent === null ? 'are' : 'is'} paused${end}: calls run and are recorded`;
}

function projectSentence(event: Extract<AuditEvent, { type: 'policy.loaded' }>): Sentence {
  const bad = event.state !== 'ok';
  const summary = bad
    ? 'The policy file of a project has errors: nothing runs there'
    : event.hash === null
      ? 'The policy file of a project is gone'
      : 'The policy file of a project was read';
  const reason = event.errors.length === 0 ? event.file : `${event.file}: ${event.errors.join('; ')}`;
  return { summary, reason, client: '', app: dirname(event.file), session: '', alarm: bad };
}

function apiWords(event: Extract<AuditEvent, { type: 'api.changed' }>): string {
  switch (event.change) {
    case 'on':
      return 'The HTTP API was switched on';
    case 'off':
      return 'The HTTP API was switched off';
    case 'token_made':
      return `A token for the HTTP API was made: ${event.name}`;
    case 'token_revoked':
      return `A token for the HTTP API was revoked: ${event.name}`;
  }
}

const USE_WORDS: Readonly<
  Record<Extract<AuditEvent, { type: 'credential.used' }>['how'], (name: string) => string>
> = {
  server: (name) => `The credential ${name} was given to an MCP server`,
  revealed: (name) => `The credential ${name} was shown`,
  copied: (name) => `The credential ${name} was copied`,
  tested: (name) => `The credential ${name} was tested with its service`,
  refreshed: (name) => `The credential ${name} was refreshed`,
  exported: (name) => `The vault was exported: ${name}`,
};

const VAULT_WORDS: Readonly<Record<VaultChange, (name: string) => string>> = {
  made: () => 'The vault was made',
  unlocked: () => 'The vault was unlocked',
  locked: () => 'The vault was locked',
  unlock_failed: () => 'The vault was not unlocked',
  key_changed: () => 'The key of the vault was changed',
  added: (name) => `The credential ${name} was added`,
  replaced: (name) => `The credential ${name} has a new value`,
  staged: (name) => `The credential ${name} has a new value that is not in force yet`,
  promoted: (name) => `The new value of the credential ${name} is in force`,
  discarded: (name) => `The new value of the credential ${name} was thrown away`,
  removed: (name) => `The credential ${name} was removed`,
  imported: () => 'Credentials were taken in',
  granted: (name) => `The credential ${name} may be used by a server`,
  revoked: (name) => `The credential ${name} may not be used by a server any more`,
  lease_ended: (name) => `A use of the credential ${name} was ended`,
  failed: (name) => `A change of the vault was not made${name === '' ? '' : `: ${name}`}`,
  signed_in: (name) => `Signed in for the credential ${name}`,
  sign_in_ended: (name) => `The sign-in of the credential ${name} ended`,
};

function vaultWords(event: Extract<AuditEvent, { type: 'vault.changed' }>): string {
  return VAULT_WORDS[event.change](event.credential ?? '');
}

function grantWords(change: 'made' | 'revoked' | 'ended'): string {
  switch (change) {
    case 'made':
      return 'An answer is remembered until the session ends';
    case 'revoked':
      return 'A remembered answer was taken back';
    case 'ended':
      return 'A remembered answer ended';
  }
}

/** What one row of the log tells, in words: the call, how it ended, or the event with what it concerns. */
export function rowWords(event: AuditEvent): string {
  switch (event.type) {
    case 'call.decided':
      return event.call.summary;
    case 'approval.resolved':
      return `${event.outcome} by ${event.by}`;
    case 'call.completed':
      return event.success ? 'ran well' : 'failed';
    default: {
      const { summary, reason } = sentenceOf(event);
      return reason === '' ? summary : `${summary}: ${reason}`;
    }
  }
}

type Recorded = Extract<AuditEvent, { type: 'sandbox.recorded' }>;

function recordedSummary({ client, calls, beyond, whole }: Recorded): string {
  const failed = calls.filter((call) => call.failed).length;
  const all = calls.length + beyond;
  return `${client}'s own record: ${all} tool ${all === 1 ? 'call' : 'calls'}, ${failed} of them failed${whole ? '' : '; not all of it could be read'}`;
}

/** Each call that an agent wrote down, those that failed first. */
export function recordedWords({ calls, beyond }: Recorded): string[] {
  const failedFirst = [...calls].sort((a, b) => Number(b.failed) - Number(a.failed));
  const named = failedFirst.map(({ tool, what, failed }) => `${failed ? 'failed: ' : ''}${tool}: ${what}`);
  return beyond === 0 ? named : [...named, `${beyond} more`];
}

/** Each refused connection in words: where, how often, why. */
export function refusedWords({ refused, beyond }: Extract<AuditEvent, { type: 'egress.refused' }>): string[] {
  const named = refused.map(({ target, why, count }) => {
    const times = count === 1 ? '' : ` ${count} times`;
    return `${target === '' ? 'somewhere' : target}${times}: ${why}`;
  });
  return beyond === 0 ? named : [...named, `${beyond} more`];
}
