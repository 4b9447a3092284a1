/** `gatehouse doctor`: what this install and machine can enforce, and how to get more. */
import { statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { DesktopView } from '../../../preload/contract.ts';
import { readNativeStatus } from '../../platform/native-status.ts';
import { sandboxChecks } from '../sandbox-checks.ts';
import { answer, type Command, type CommandParts } from './command.ts';

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly hint: string | null;
}

export const doctor: Command = {
  usage: ['doctor [--json]'],
  what: 'Says what this install can enforce, and how to get more.',
  needsSupervisor: false,
  async run(request, parts) {
    const { values } = parseArgs({ args: request.argv.slice(1), options: { json: { type: 'boolean' } } });
    const checks = [
      ...nativeChecks(),
      ...sandboxChecks(),
      ...folderChecks(parts),
      ...(await supervisorChecks(parts)),
      presenceCheck(parts),
    ];
    const ok = checks.every((check) => check.ok);
    if (values.json ?? false) return answer(JSON.stringify({ ok, checks }, null, 2), ok ? 0 : 1);
    const lines = checks.map(
      (check) =>
        `${check.ok ? 'ok  ' : 'BAD '} ${check.name}: ${check.detail}${check.hint === null ? '' : `\n       hint: ${check.hint}`}`,
    );
    return answer(lines.join('\n'), ok ? 0 : 1);
  },
};

function nativeChecks(): Check[] {
  const native = readNativeStatus();
  const hint = 'install a C compiler, then run npm install again';
  return [
    {
      name: 'hook program',
      ok: native.client,
      detail: native.client
        ? 'native'
        : `a Node script stands in: slower, as strict (${native.clientReason ?? ''})`,
      hint: native.client ? null : hint,
    },
    {
      name: 'peer identity',
      ok: native.addon,
      detail: native.addon ? 'from the kernel' : `what a client claims (${native.addonReason ?? ''})`,
      hint: native.addon ? null : hint,
    },
  ];
}

function folderChecks(parts: CommandParts): Check[] {
  return [parts.paths.config, parts.paths.data, parts.paths.run].map((folder) => {
    try {
      const { mode, uid } = statSync(folder);
      const own = process.getuid === undefined || uid === process.getuid();
      const tight = process.platform === 'win32' || (mode & 0o077) === 0;
      return {
        name: folder,
        ok: own && tight,
        detail: own ? (tight ? 'yours alone' : 'others can reach into it') : 'belongs to somebody else',
        hint: own && tight ? null : `chmod 700 ${folder}`,
      };
    } catch {
      return { name: folder, ok: true, detail: 'not made yet', hint: null };
    }
  });
}

async function supervisorChecks(parts: CommandParts): Promise<Check[]> {
  if (parts.running === null) {
    return [
      {
        name: 'supervisor',
        ok: false,
        detail: 'not running: connected agents are blocked',
        hint: `${parts.program} start`,
      },
    ];
  }
  const overview = parts.running.overview();
  return [
    { name: 'supervisor', ok: true, detail: overview.enforcement.sentence, hint: null },
    {
      name: 'policy',
      ok: overview.policy.state === 'ok',
      detail: overview.policy.sentence,
      hint: overview.policy.state === 'ok' ? null : `${parts.program} policy check ${overview.policy.file}`,
    },
    { name: 'log', ok: overview.log.state === 'intact', detail: overview.log.sentence, hint: null },
    // Without a keychain nothing is wrong, but less is proved.
    { name: 'log anchor', ok: true, detail: overview.log.kept, hint: null },
    ...desktopChecks(parts.running.desktop()),
    ...overview.agents
      .filter((agent) => agent.state === 'connected' || agent.state === 'broken')
      .map((agent) => ({
        name: agent.name,
        ok: agent.state === 'connected',
        detail: agent.note,
        hint: agent.state === 'connected' ? null : `${parts.program} agents doctor ${agent.id}`,
      })),
  ];
}

/** Nothing is wrong without a desktop: what waits is in the page all the same. */
function desktopChecks({ notifier, tray, settings, quietNow }: DesktopView): Check[] {
  const silence = !settings.enabled
    ? ' They are switched off.'
    : quietNow
      ? ' It is one of the hours without them.'
      : '';
  const allow =
    notifier.state === 'ready' && !notifier.trusted ? ' They offer Deny and Review, not Allow.' : '';
  return [
    { name: 'notifications', ok: true, detail: `${notifier.detail}${allow}${silence}`, hint: notifier.hint },
    { name: 'tray', ok: true, detail: tray.detail, hint: tray.hint },
  ];
}

function presenceCheck(parts: CommandParts): Check {
  const set = parts.presence.isSet();
  return {
    name: 'PIN',
    // Nothing is wrong before the first agent is connected, which asks for one.
    ok: true,
    detail: set ? 'set' : 'none yet: only the page of the first link may decide',
    hint: set ? null : 'choose one in the page, under Settings',
  };
}
