#!/usr/bin/env node
/**
 * `gatehouse hook` and `gatehouse mcp NAME` for machines without a C compiler: the native client's behaviour.
 *
 * Nothing reaches stdout that the supervisor has not sent, verified; a hook that fails ends with exit code 2 and
 * one line on stderr. Needs no package, reads no environment variable, runs on Node 18 or newer. On Windows the
 * door is a named pipe. What is installed for agents is one file, joined from this one and those it imports.
 */
import { runHook } from './relay/hook.mjs';
import { runPipe } from './relay/pipe.mjs';
import { block, guardProcess, speakOfTelling } from './relay/say.mjs';
import { wantsPipe, wordsTell } from './relay/words.mjs';

const [command, ...words] = process.argv.slice(2);
if (command === 'hook' && wordsTell(words)) speakOfTelling();
guardProcess();
if (command === 'hook') runHook(words);
else if (command === 'mcp' && wantsPipe(words)) runPipe(words);
else
  block(
    'the relay only answers hooks and connects MCP servers',
    'run `npx --no-install gatehouse` in its folder',
  );
