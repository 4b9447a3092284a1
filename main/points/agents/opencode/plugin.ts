/**
 * The text of our plugin in opencode, to the byte.
 *
 * A plugin runs in opencode's own process. This one decides nothing: it starts the installed hook program for each
 * call, as other agents do, and lets the tool run only for an answer that says so. It needs no package, reads no
 * variable, hands none on, and does nothing when it is loaded that could fail: a plugin that throws then is left out,
 * and everything would run. What it let through is frozen, so that a plugin after it changes nothing of that.
 */
import { OPENCODE_DEADLINES } from '../../hooks/opencode-events.ts';
import type { EntryTarget } from '../agent-adapter.ts';

/** Begins every version of the file; by it a file is known as ours whatever was done to the rest. */
export const PLUGIN_MARK = '// Gatehouse: the plugin that asks before opencode runs a tool.';

/** The line that names what it runs. */
const RUNS = /^const PROGRAM = ("(?:[^"\\]|\\.)*"); const DOOR = ("(?:[^"\\]|\\.)*");$/m;

/** What the hook program is started with, after its path. */
export function pluginWords(target: EntryTarget, deadlineSeconds: number): readonly string[] {
  return ['hook', 'opencode', '--door', target.door, '--deadline', String(deadlineSeconds)];
}

/** What a plugin of ours runs, also one of an earlier version; null when it does not say. */
export function pluginRuns(text: string): EntryTarget | null {
  const found = RUNS.exec(text);
  if (found === null) return null;
  try {
    return { program: JSON.parse(found[1] ?? '') as string, door: JSON.parse(found[2] ?? '') as string };
  } catch {
    return null;
  }
}

/** The plugin that runs this program at this door. */
export function pluginText(target: EntryTarget): string {
  const { before, after, tells } = OPENCODE_DEADLINES;
  return `${PLUGIN_MARK}
// Written by Gatehouse and compared with what it wrote: leave it as it is. To take it away: gatehouse agents uninstall opencode
import { spawn } from 'node:child_process';

const PROGRAM = ${JSON.stringify(target.program)}; const DOOR = ${JSON.stringify(target.door)};
const MOST = 64 * 1024 * 1024;

function ask(message, seconds, tells) {
  return new Promise((resolve, reject) => {
    const fail = (why) => reject(new Error('Gatehouse: this call was not run: ' + why));
    const words = ['hook', 'opencode', '--door', DOOR, '--deadline', String(seconds)];
    const child = spawn(PROGRAM, tells ? [...words, '--tells'] : words, { cwd: '/', env: {}, stdio: 'pipe' });
    const timer = setTimeout(() => { child.kill('SIGKILL'); fail('the hook program did not answer'); }, (seconds + 10) * 1000);
    const out = []; let size = 0; let err = '';
    child.stdout.on('data', (bytes) => { size += bytes.length; if (size > MOST) child.kill('SIGKILL'); else out.push(bytes); });
    child.stderr.on('data', (bytes) => { if (err.length < 8192) err += bytes; });
    child.stdin.on('error', () => {});
    child.on('error', (error) => { clearTimeout(timer); fail('the hook program cannot be started (' + (error.code ?? error.message) + '); hint: start Gatehouse and connect opencode again, or take the plugin away'); });
    child.on('close', (code) => {
      clearTimeout(timer);
      if (code !== 0 || size > MOST) return fail(err.trim().replace(/^gatehouse: (blocked: )?/, '') || 'the hook program failed (' + code + ')');
      try { resolve(out.length === 0 ? {} : JSON.parse(Buffer.concat(out).toString('utf8'))); } catch { fail('the answer cannot be read'); }
    });
    child.stdin.end(JSON.stringify(message));
  });
}

function freeze(value) {
  if (value === null || typeof value !== 'object') return value;
  for (const one of Object.values(value)) freeze(one);
  return Object.freeze(value);
}

export const Gatehouse = async (input) => {
  const cwd = input?.directory; const client = input?.client;
  const parents = new Map(); const agents = new Map(); const open = new Map(); const roots = new Set();
  const parentOf = async (id) => {
    if (!parents.has(id)) {
      let parent = null;
      try { parent = (await client.session.get({ path: { id } }))?.data?.parentID ?? null; } catch {}
      if (!parents.has(id)) parents.set(id, parent);
    }
    return parents.get(id);
  };
  const place = async (inner) => {
    let session = inner;
    for (let level = 0; level < 32; level += 1) { const parent = await parentOf(session); if (parent === null) break; session = parent; }
    roots.add(session);
    return { session, inner, agent: agents.get(inner) ?? null, cwd };
  };
  const tell = async (message) => { try { return await ask(message, ${tells}, true); } catch { return {}; } };
  return {
    'tool.execute.before': async (call, output) => {
      const told = JSON.stringify(output.args);
      const answer = await ask({ event: 'before', ...(await place(call.sessionID)), call: call.callID, tool: call.tool, args: output.args ?? {} }, ${before}, false);
      if (answer?.decision !== 'allow') throw new Error(String(answer?.reason ?? 'Gatehouse: this call was not run: there was no answer'));
      if (JSON.stringify(output.args) !== told) throw new Error('Gatehouse: this call was not run: it was changed while it was decided');
      if (answer.args !== undefined) {
        for (const key of Object.keys(output.args)) if (!Object.hasOwn(answer.args, key)) delete output.args[key];
        Object.assign(output.args, answer.args);
      }
      freeze(output.args); freeze(output);
      open.set(call.sessionID + '/' + call.callID, answer.notes ?? '');
    },
    'tool.execute.after': async (call, output) => {
      const key = call.sessionID + '/' + call.callID; const notes = [open.get(key) ?? ''];
      open.delete(key);
      const isText = typeof output.output === 'string';
      try {
        const answer = await ask({ event: 'after', ...(await place(call.sessionID)), call: call.callID, success: true, result: isText ? output.output : (output.content ?? null) }, ${after}, false);
        if (answer.result !== undefined) { if (isText) output.output = answer.result; else output.content = answer.result; }
        notes.push(answer.notes ?? '');
      } catch (error) {
        const why = error.message.replace('was not run', 'was run, and what it said is not shown');
        if (isText) output.output = why; else output.content = [{ type: 'text', text: why }];
      }
      const text = notes.filter((note) => note !== '').join('\\n\\n');
      if (text === '') return;
      if (isText) output.output += '\\n\\n' + text; else if (Array.isArray(output.content)) output.content = [...output.content, { type: 'text', text }];
    },
    'chat.message': async (message, output) => {
      if (message.agent ?? output?.message?.agent) agents.set(message.sessionID, String(message.agent ?? output.message.agent));
      const text = (output?.parts ?? []).filter((part) => part.type === 'text' && !part.synthetic).map((part) => part.text).join('\\n');
      await tell({ event: 'prompt', ...(await place(message.sessionID)), text });
    },
    'experimental.text.complete': async (message, output) => {
      if (output?.text) await tell({ event: 'text', ...(await place(message.sessionID)), part: message.partID ?? message.messageID, text: output.text });
    },
    event: async ({ event }) => {
      const about = event?.properties;
      if (event?.type === 'session.created') parents.set(about.info.id, about.info.parentID ?? null);
      if (event?.type === 'session.deleted' && roots.delete(about.info.id)) await tell({ event: 'end', session: about.info.id, inner: about.info.id, cwd });
      const part = event?.type === 'message.part.updated' ? about.part : null;
      if (part?.type !== 'tool' || part.state?.status !== 'error' || !open.delete(part.sessionID + '/' + part.callID)) return;
      await tell({ event: 'after', ...(await place(part.sessionID)), call: part.callID, success: false, result: String(part.state.error ?? '') });
    },
    dispose: async () => { await Promise.all([...roots].map((id) => tell({ event: 'end', session: id, inner: id, cwd }))); },
  };
};
`;
}
