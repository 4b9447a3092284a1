/** The shape of a simple command: what a rule about commands of its kind can be made of. */
import type { Effect, Shape } from './result.ts';
import { hasHole, shown, type Word } from './shell/text.ts';

/** Programs whose first words select what they do, and how many of them. */
const SUBCOMMANDS: Readonly<Record<string, number>> = {
  git: 1,
  npm: 1,
  pnpm: 1,
  yarn: 1,
  bun: 1,
  cargo: 1,
  go: 1,
  pip: 1,
  pip3: 1,
  uv: 1,
  poetry: 1,
  docker: 1,
  podman: 1,
  kubectl: 1,
  helm: 1,
  terraform: 1,
  gh: 2,
  glab: 2,
  aws: 2,
  gcloud: 3,
  az: 3,
  make: 1,
  systemctl: 1,
  apt: 1,
  'apt-get': 1,
  brew: 1,
  dotnet: 1,
  mvn: 1,
  gradle: 1,
  rails: 1,
  composer: 1,
  bundle: 1,
  gem: 1,
  npx: 1,
  deno: 1,
  vault: 2,
  heroku: 1,
  fly: 2,
  vercel: 1,
  firebase: 1,
  flutter: 1,
  swift: 1,
  rustup: 1,
  nix: 1,
  just: 1,
  task: 1,
  turbo: 1,
  nx: 1,
  'docker-compose': 1,
};

/** How many words select what a program does; 0 where its words do not. */
export function subcommandsOf(program: string): number {
  return Object.hasOwn(SUBCOMMANDS, program) ? (SUBCOMMANDS[program] ?? 0) : 0;
}

/** @param words the program and its arguments */
export function shapeOf(words: readonly Word[], effects: readonly Effect[]): Shape {
  const first = words[0];
  if (first === undefined)
    return { program: '', subcommand: '', flags: [], operands: operandsOf([], effects) };
  const program = hasHole(first.text) ? '?' : (shown(first.text).split('/').at(-1) ?? '');
  const count = subcommandsOf(program);
  const subcommand: string[] = [];
  const flags = new Set<string>();
  let ended = false;
  for (const { text } of words.slice(1)) {
    if (text === '--') ended = true;
    else if (!ended && text.startsWith('-') && text.length > 1) flags.add(shown(text).replace(/=.*$/s, ''));
    else if (subcommand.length < count && flags.size === 0 && /^[\w:.-]+$/.test(text)) subcommand.push(text);
  }
  return {
    program,
    subcommand: subcommand.join(' '),
    flags: [...flags].sort(),
    operands: operandsOf(words.slice(1), effects),
  };
}

function operandsOf(args: readonly Word[], effects: readonly Effect[]): Shape['operands'] {
  if (args.some(({ text }) => hasHole(text))) return 'unknown';
  let widest: Shape['operands'] = 'none';
  for (const effect of effects) {
    if (effect.kind === 'network') {
      if (effect.class !== 'own') return 'host';
    } else if (effect.kind === 'read' || effect.kind === 'write' || effect.kind === 'delete') {
      if (effect.at === 'unknown') return 'unknown';
      if (effect.at !== 'workspace' && effect.at !== 'temp') widest = 'outside';
      else if (widest === 'none' || (widest === 'temp' && effect.at === 'workspace')) widest = effect.at;
    }
  }
  return widest;
}
