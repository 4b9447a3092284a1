/**
 * The catalog's rows. Risk: what only reads is low; writes, edits, single deletes and fetches are medium; shell
 * commands, bulk deletes and what starts something unattended are high.
 */
import type { ParamKind } from './catalog.ts';

export interface ActionRow {
  readonly risk: 'low' | 'medium' | 'high';
  readonly needs?: readonly string[];
  /** Data classification label; `internal` where it is left out. */
  readonly data?: string;
  /** Where it is left out: true above low risk. */
  readonly mutating?: boolean;
  readonly params?: Readonly<Record<string, ParamKind>>;
  readonly main?: readonly string[];
}

const FILE: Readonly<Record<string, ParamKind>> = {
  file_path: 'path',
  path: 'path',
  filepath: 'path',
  absolute_path: 'path',
};
const FILE_MAIN = ['file_path', 'path', 'filepath', 'absolute_path'];
const COMMAND: Readonly<Record<string, ParamKind>> = {
  command: 'command',
  cmd: 'command',
  description: 'text',
  workdir: 'path',
  cwd: 'path',
};
const TASK = ['task_id', 'bash_id', 'shell_id', 'id'];

export const builtinModules: Readonly<Record<string, Readonly<Record<string, ActionRow>>>> = {
  shell: {
    bash: { risk: 'high', needs: ['process.spawn'], params: COMMAND, main: ['command', 'cmd'] },
    /** Output of a command that already runs. */
    output: { risk: 'low', needs: ['process.read'], params: { filter: 'text' }, main: TASK },
    /** What is typed into a running program can be a command. */
    input: {
      risk: 'high',
      needs: ['process.spawn'],
      params: { chars: 'command', input: 'command' },
      main: ['chars', 'input'],
    },
    kill: { risk: 'medium', needs: ['process.signal'], main: TASK },
    /** A command left running that wakes the agent. */
    monitor: { risk: 'high', needs: ['process.spawn'], params: COMMAND, main: ['command', 'description'] },
  },
  filesystem: {
    read: { risk: 'low', needs: ['fs.read'], params: FILE, main: FILE_MAIN },
    glob: {
      risk: 'low',
      needs: ['fs.read'],
      params: { pattern: 'path', path: 'path' },
      main: ['pattern', 'path'],
    },
    grep: {
      risk: 'low',
      needs: ['fs.read'],
      params: { pattern: 'text', path: 'path', glob: 'path', output_mode: 'text' },
      main: ['pattern', 'path'],
    },
    list: { risk: 'low', needs: ['fs.read'], params: FILE, main: FILE_MAIN },
    write: { risk: 'medium', needs: ['fs.write'], params: { ...FILE, content: 'text' }, main: FILE_MAIN },
    edit: {
      risk: 'medium',
      needs: ['fs.write'],
      params: { ...FILE, old_string: 'text', new_string: 'text' },
      main: FILE_MAIN,
    },
    /** A patch names its files inside its text. */
    patch: {
      risk: 'medium',
      needs: ['fs.write', 'fs.delete'],
      params: { ...FILE, patch: 'text', input: 'text' },
      main: ['patch', 'input'],
    },
    create_directory: { risk: 'medium', needs: ['fs.write'], params: FILE, main: FILE_MAIN },
    copy: {
      risk: 'medium',
      needs: ['fs.read', 'fs.write'],
      params: { source: 'path', destination: 'path' },
      main: ['source', 'destination'],
    },
    move: {
      risk: 'medium',
      needs: ['fs.write', 'fs.delete'],
      params: { source: 'path', destination: 'path' },
      main: ['source', 'destination'],
    },
    delete: { risk: 'medium', needs: ['fs.delete'], params: FILE, main: FILE_MAIN },
    /** Folders and patterns. */
    delete_tree: {
      risk: 'high',
      needs: ['fs.delete'],
      params: { ...FILE, pattern: 'path' },
      main: [...FILE_MAIN, 'pattern'],
    },
  },
  notebook: {
    read: {
      risk: 'low',
      needs: ['fs.read'],
      params: { notebook_path: 'path', ...FILE },
      main: ['notebook_path', ...FILE_MAIN],
    },
    edit: {
      risk: 'medium',
      needs: ['fs.write'],
      params: { notebook_path: 'path', ...FILE, new_source: 'text' },
      main: ['notebook_path', ...FILE_MAIN],
    },
  },
  web: {
    search: { risk: 'low', needs: ['net.http'], data: 'public', params: { query: 'text' }, main: ['query'] },
    fetch: {
      risk: 'medium',
      needs: ['net.http'],
      data: 'public',
      params: { url: 'url', prompt: 'text' },
      main: ['url'],
    },
    /** A connection out of a sandbox, by host and port; what goes through it is not seen. */
    connect: { risk: 'medium', needs: ['net.http'], data: 'public', params: { url: 'url' }, main: ['url'] },
    /** Any method, with a body. */
    request: {
      risk: 'high',
      needs: ['net.http'],
      params: { url: 'url', method: 'text', body: 'text' },
      main: ['url'],
    },
  },
  workspace: {
    list: { risk: 'low', needs: ['fs.read'], params: FILE, main: FILE_MAIN },
    status: { risk: 'low', needs: ['fs.read'], params: FILE, main: FILE_MAIN },
    create: {
      risk: 'medium',
      needs: ['fs.write'],
      params: { ...FILE, name: 'text' },
      main: ['name', ...FILE_MAIN],
    },
    enter: {
      risk: 'medium',
      needs: ['fs.write'],
      params: { ...FILE, name: 'text' },
      main: ['name', ...FILE_MAIN],
    },
    leave: { risk: 'medium', needs: ['fs.write'], params: { action: 'text' }, main: ['action'] },
    snapshot: {
      risk: 'medium',
      needs: ['fs.write'],
      params: { ...FILE, name: 'text' },
      main: ['name', ...FILE_MAIN],
    },
    restore: {
      risk: 'high',
      needs: ['fs.write', 'fs.delete'],
      params: { ...FILE, name: 'text' },
      main: ['name', ...FILE_MAIN],
    },
    delete: {
      risk: 'high',
      needs: ['fs.delete'],
      params: { ...FILE, name: 'text' },
      main: ['name', ...FILE_MAIN],
    },
  },
  agent: {
    /** A subagent of a supervised agent, or another agent program. */
    spawn: {
      risk: 'medium',
      needs: ['agent.spawn'],
      params: { description: 'text', prompt: 'text', subagent_type: 'text' },
      main: ['description', 'prompt'],
    },
    message: {
      risk: 'medium',
      needs: ['agent.spawn'],
      params: { message: 'text', content: 'text' },
      main: ['message', 'content'],
    },
    output: { risk: 'low', main: TASK },
    stop: { risk: 'low', main: TASK },
    workflow: {
      risk: 'high',
      needs: ['agent.spawn'],
      params: { script: 'text', name: 'text', description: 'text' },
      main: ['name', 'description', 'script'],
    },
  },
  skill: {
    use: {
      risk: 'medium',
      needs: ['agent.skill'],
      params: { skill: 'text', args: 'text', name: 'text' },
      main: ['skill', 'name'],
    },
    command: { risk: 'medium', needs: ['agent.skill'], params: { command: 'text' }, main: ['command'] },
    propose: { risk: 'low', main: ['title'] },
  },
  todo: {
    read: { risk: 'low', main: ['taskId', 'id'] },
    write: {
      risk: 'low',
      params: { subject: 'text', description: 'text' },
      main: ['subject', 'description'],
    },
  },
  plan: {
    enter: { risk: 'low' },
    exit: { risk: 'low', params: { plan: 'text' }, main: ['plan'] },
    goal: { risk: 'low', params: { condition: 'text' }, main: ['condition'] },
  },
  user: {
    ask: { risk: 'low', params: { question: 'text' }, main: ['question'] },
    notify: { risk: 'low', params: { message: 'text' }, main: ['message'] },
    report: { risk: 'low' },
  },
  memory: {
    read: { risk: 'low', needs: ['memory.read'], main: ['query', 'key', 'name'] },
    write: {
      risk: 'medium',
      needs: ['memory.write'],
      params: { fact: 'text', content: 'text' },
      main: ['fact', 'content', 'key'],
    },
  },
  lsp: {
    query: { risk: 'low', needs: ['fs.read'], params: { ...FILE, operation: 'text' }, main: FILE_MAIN },
  },
  schedule: {
    list: { risk: 'low' },
    /** Runs an agent later, when nobody looks. */
    create: {
      risk: 'high',
      needs: ['agent.spawn'],
      params: { prompt: 'text', cron: 'text', reason: 'text' },
      main: ['prompt', 'cron'],
    },
    delete: { risk: 'medium', needs: ['agent.spawn'], main: ['id'] },
    remote: {
      risk: 'high',
      needs: ['agent.spawn', 'net.http'],
      params: { action: 'text' },
      main: ['action'],
    },
  },
  publish: {
    read: { risk: 'low', needs: ['net.http'], main: ['action', 'url'] },
    artifact: {
      risk: 'high',
      needs: ['net.http'],
      params: { ...FILE, url: 'url' },
      main: [...FILE_MAIN, 'action'],
    },
    feedback: {
      risk: 'medium',
      needs: ['net.http'],
      params: { title: 'text', details: 'text' },
      main: ['title'],
    },
  },
  /** Finding tools, not calling them. */
  toolbox: {
    search: { risk: 'low', params: { query: 'text' }, main: ['query'] },
  },
  /** What belongs to no single server; rules on `mcp` cover it and every `mcp_<server>`. */
  mcp: {
    list_resources: { risk: 'low', needs: ['mcp.call'], main: ['server'] },
    read_resource: {
      risk: 'medium',
      needs: ['mcp.call'],
      mutating: false,
      params: { server: 'text', uri: 'url' },
      main: ['uri', 'server'],
    },
    refresh: { risk: 'low', needs: ['mcp.call'], main: ['server'] },
  },
  /** Rules on `pieces` cover every `ap_<connector>`. */
  pieces: {},
};
