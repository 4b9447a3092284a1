/**
 * A supervisor of whoever runs this, and a session in its sandbox that hides hooks and settings in folders that nobody
 * may list or enter. Prints what the launcher said and what is left of them, as JSON. As root nothing would be hidden.
 */
import { mkdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RealApp } from './real-app.ts';
import { run } from './run-client.ts';

const real = await RealApp.start(`tools:
  modules: { filesystem: {}, shell: {} }
  capabilities: { default_policy: auto, max_risk_level: high }
security:
  sandbox: { level: standard }
`);
try {
  const project = join(real.home, 'proj');
  mkdirSync(project);
  const plant = [
    'mkdir -p listed/.git/hooks entered/.git/hooks kept/.vscode',
    'echo x > listed/.git/hooks/pre-commit && echo x > entered/.git/hooks/pre-commit',
    'echo {} > kept/.vscode/tasks.json',
    'chmod 0311 listed/.git/hooks && chmod 0600 entered/.git && chmod 0555 kept/.vscode && chmod 0 kept',
  ].join(' && ');
  const { code, stderr } = await run(real.paths.agentDoor, ['--', 'sh', '-c', plant], { cwd: project });
  const left = await readdir(project, { recursive: true });
  process.stdout.write(`${JSON.stringify({ code, stderr, left })}\n`);
} finally {
  await real.remove();
}
