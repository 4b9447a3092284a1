/** Prints the agent door's path for this environment. Run by Node 24, which reads TypeScript. */
import { homedir } from 'node:os';
import { resolvePaths } from '../main/platform/paths.ts';

process.stdout.write(resolvePaths(process.env, process.platform, homedir()).agentDoor);
