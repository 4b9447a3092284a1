/**
 * Code that a call writes into files and that something runs later: only what harms whoever runs it speaks against
 * the call. That a script deletes a build folder, fetches a program from where everybody does or asks a service is its
 * work.
 */

import { isDrop } from '../hosts.ts';
import { isWithin, locusOf, type Place } from '../place.ts';
import { isStrangeSource } from '../programs/sources.ts';
import type { CallAnalysis, Concern, Effect } from '../result.ts';
import { isAgentPath, isSecretPath } from '../sensitive-paths.ts';
import { breeds } from '../shell/endless.ts';
import { MINES, signsIn, strangersFetched } from './code-signs.ts';
import { steersEditor } from './editor-lines.ts';
import { linkedData } from './linked-data.ts';
import { matchedTexts } from './matched-texts.ts';
import { shellTextsIn } from './shell-texts.ts';
import { sourceConcerns } from './source-files.ts';
import type { Written } from './written-texts.ts';

const CODE =
  /\.(?:py|pyw|ipynb|[cm]?[jt]sx?|vue|svelte|rb|rake|php\d?|phtml|pl|pm|lua|go|rs|java|kt|kts|groovy|scala|cs|swift|c|cc|cpp|h|hpp|m|ps1|psm1|bat|cmd|jsp|aspx?|erb|ejs|ex|exs|r|jl|nim|el|vim|fnl|dart|tcl|applescript|gemspec|nix|tf|cmake|gradle|sbt|bazel|bzl|service|timer|desktop|plist)$|(?:^|\/)(?:Rakefile|Gemfile|Jenkinsfile|Vagrantfile|Fastfile|Podfile|conftest|wscript|SConstruct|justfile|CMakeLists\.txt|meson\.build|BUILD|WORKSPACE|Guardfile|Thorfile|Brewfile|Dangerfile|Appfile|Capfile|Earthfile|Tiltfile)$/i;
const SHELL =
  /\.(?:sh|bash|zsh|ksh|command|bats|envrc)$|(?:^|\/)(?:\.\w*(?:rc|profile)|entrypoint|configure|run|start|install|bootstrap)$/i;
const PROSE = /\.(?:md|mdx|rst|adoc|txt|csv|svg|log|snap)$/i;
/** Prose by their ending, and none. */
const RECIPES = /requirements|constraints|CMakeLists/i;
/** What people look at. */
const SHOWN = /\.(?:md|mdx|markdown|rst|adoc|txt|html?|svg|ipynb|textile)$/i;
const DOCKER = /(?:^|\/)(?:[\w.-]*(?:Docker|Container)file[\w.-]*|[\w.-]+\.dockerfile)$/i;
const COMPOSED = /\.(?:ya?ml|json[5c]?|toml|properties|code-workspace)$/i;
/** Cut off, so that a file full of text costs no more than a long command. */
const LONGEST = 64 * 1024;
const MOST_SCRIPTS = 20;

export interface WrittenContext {
  readonly place: Place;
  /** Analyses shell text, without a look at what it writes itself. */
  readonly shell: (text: string) => CallAnalysis;
}

/** What speaks against a text whatever runs it: whoever opens it or looks at it is enough. */
function textConcerns(file: string, now: string, then: string, name: string): Concern[] {
  const found: Concern[] = [];
  if (steersEditor(now) && !steersEditor(then))
    found.push({ code: 'persistence', says: `has ${name} make an editor run something when it is opened` });
  if (SHOWN.test(file)) {
    const known = new Set(linkedData(then));
    for (const host of linkedData(now))
      if (!known.has(host))
        found.push({ code: 'sends', says: `has ${name} hand data to ${host} when it is looked at` });
  }
  return found;
}

/** What speaks against the text that is put into a file. */
export function writtenConcerns(
  { file, text, before }: Written,
  context: WrittenContext,
): readonly Concern[] {
  if (text === '') return [];
  const name = file.split('/').at(-1) ?? file;
  const [now, then] = [text.slice(0, LONGEST), before.slice(0, LONGEST)];
  const found: Concern[] = textConcerns(file, now, then, name);
  if (PROSE.test(file) && !RECIPES.test(file)) return found;
  found.push(...sourceConcerns(file, text, before));
  if (/requirements|constraints/i.test(file)) return found;
  const fetched = new Set(strangersFetched(then));
  for (const address of strangersFetched(now))
    if (!fetched.has(address))
      found.push({
        code: 'remote_code',
        says: `has ${name} run what it fetches from ${address.slice(0, 200)}`,
      });
  if (COMPOSED.test(file)) {
    if (HANDS_MACHINE.test(now) && !HANDS_MACHINE.test(then))
      found.push({ code: 'privilege', says: `has ${name} hand the machine to a container` });
    if (LETS_IN.test(now) && !LETS_IN.test(then))
      found.push({ code: 'remote_shell', says: `has ${name} open a way into this machine` });
    if (LOADS_STRANGE.test(now) && !LOADS_STRANGE.test(then))
      found.push({ code: 'outside_code', says: `has ${name} load code from a temporary folder` });
    if (MINES.test(now) && !MINES.test(then))
      found.push({ code: 'attack_tool', says: `has ${name} work for a pool of miners` });
    if (OPENS.test(now) && !OPENS.test(then))
      found.push({ code: 'persistence', says: `has ${name} run a task when the folder is opened` });
    const known = new Set(tasksOf(then));
    for (const task of tasksOf(now).filter((one) => !known.has(one)))
      for (const one of graveOf(context.shell(task), context.place, true))
        found.push({ ...one, says: `has ${name} do this when it runs: ${one.says}` });
    return found;
  }
  const firstLine = now.slice(0, 200);
  const isShell =
    SHELL.test(file) ||
    /^#!.*\b(?:ba|da|z|k|a)?sh\b/.test(firstLine) ||
    (!/\.\w+$/.test(name) && firstLine.startsWith('#!/bin'));
  if (!isShell && !DOCKER.test(file) && !CODE.test(file) && !/^#!/.test(firstLine)) return found;
  const scripts = isShell ? [now] : scriptsOf(file, now);
  const known = new Set(isShell ? [] : scriptsOf(file, then));
  for (const script of scripts.filter((one) => !known.has(one)).slice(0, MOST_SCRIPTS)) {
    // What is cut out of a script, or stands in another language, need not read as a whole.
    const isHere = !DOCKER.test(file) && /\S\s+\S/.test(script);
    for (const one of graveOf(context.shell(script), context.place, isHere))
      found.push({ ...one, says: `has ${name} do this when it runs: ${one.says}` });
  }
  if (isShell && breeds(now) && !breeds(then))
    found.push({ code: 'system', says: `has ${name} start programs without an end` });
  const knownSigns = new Set(signsIn(then));
  for (const sign of signsIn(now))
    if (!knownSigns.has(sign) && !(isShell && sign.code !== 'attack_tool'))
      found.push({ code: sign.code, says: `has ${name} ${sign.says}` });
  return found;
}

/** The root of the machine as a folder of a container. */
const HANDS_MACHINE =
  /-\s*['"]?\/:\/|\bhostPath:\s*\{?\s*path:\s*['"]?\/['"]?\s*(?:[},]|$)|\bsource:\s*['"]?\/['"]?\s*$|\bhostPID:\s*true[\s\S]{0,400}\bprivileged:\s*true/m;
/** What a tunnel leads to: shells and desktops. */
const LETS_IN = /\bservice:\s*(?:ssh|rdp|smb|tcp):\/\/|^[ \t]*local_?[pP]ort\s*[:=]\s*(?:22|3389|5900)\b/m;
const LOADS_STRANGE =
  /-javaagent:\/(?:tmp|var\/tmp|dev\/shm)\/|^[ \t]*["']?(?:preload|require|plugins?|extends|setupFiles\w*)["']?\s*[:=][^\n]{0,60}["'[ ]\/(?:tmp|var\/tmp|dev\/shm)\/|^[ \t]*(?:-\s*)?["']?(?:LD_PRELOAD|LD_LIBRARY_PATH|DYLD_INSERT_LIBRARIES|BASH_ENV|PYTHONSTARTUP|NODE_OPTIONS|PERL5OPT|RUBYOPT|_\.source|_\.file|_\.path)["']?\s*[:=][^\n]*\/(?:tmp|var\/tmp|dev\/shm)\//m;

/** A task of an editor that starts by itself. */
const OPENS = /"runOn"\s*:\s*"folderOpen"/;
/** Values of settings that are commands: of hooks, tasks and services. Only those that could be worth a look. */
const TASK =
  /^[ \t]*(?:-[ \t]+)?(?:["']?(?:run|cmds?|commands?|shell|exec|entry|entrypoint|script|enter|leave|args|\w*Command|\w+)["']?[ \t]*[:=][ \t]*(?:\{[^}\n]{0,60}=[ \t]*)?)?(\S[^\n]{6,2000})$/gm;
const WORTH = /\|[^|]|\bcrontab\b|\blaunchctl\b|\bsystemctl\b|\/dev\/tcp\//;

function tasksOf(text: string): readonly string[] {
  if (!WORTH.test(text)) return [];
  return matchedTexts(TASK, text, 2000)
    .filter((one) => WORTH.test(one) && !/^[|>][-+]?\s*$/.test(one))
    .slice(0, MOST_SCRIPTS)
    .map((one) => one.replace(/[\s,}\]]+$/, '').replace(/^(["'])([\s\S]*)\1$/, '$2'));
}

/** Parts of a text that a shell gets. */
function scriptsOf(file: string, text: string): readonly string[] {
  if (DOCKER.test(file)) return recipesOf(text);
  if (/(?:^|\/)\.?justfile$/i.test(file))
    return [...text.matchAll(/^[ \t]+@?(?!#)(\S.*)$/gm)].map((found) => found[1] ?? '');
  return [...(/\.ipynb$/i.test(file) ? cellsOf(text) : []), ...shellTextsIn(text, MOST_SCRIPTS)];
}

/** `RUN` lines of a recipe for an image, joined over their ends. */
function recipesOf(text: string): readonly string[] {
  return [...text.replace(/\\\r?\n/g, ' ').matchAll(/^[ \t]*RUN\s+(?:--\S+\s+)*(?!\[)(.+)$/gim)].map(
    (found) => found[1] ?? '',
  );
}

/** Lines of a notebook that a shell gets: `!command`, and whole cells. */
function cellsOf(text: string): readonly string[] {
  if (/^%%(?:bash|sh|script|sx|system)\b/.test(text)) return [text.replace(/^.*\n?/, '')];
  return [...text.matchAll(/^[ \t]*"?(?:!(?!=)|%(?:sx|system)\s)(.+)$/gm)].map((found) => found[1] ?? '');
}

/** Concerns of a script that are worth a question when it is only written. */
function graveOf(analysis: CallAnalysis, place: Place, isHere: boolean): readonly Concern[] {
  const { concerns, effects, commands } = analysis;
  const isPublic = (effect: Effect) =>
    effect.kind === 'network' && effect.host !== null && effect.class === 'public';
  const isStrange = effects.some(
    (effect) =>
      isPublic(effect) && effect.kind === 'network' && isStrangeSource(`https://${effect.host ?? ''}`),
  );
  const reachesOut = effects.some(isPublic);
  const readsPrivate = effects.some(
    (effect) =>
      effect.kind === 'read' &&
      !isWithin(effect.path, place.workspace) &&
      effect.path !== place.workspace &&
      isSecretPath(effect.path, place),
  );
  const printsAll = concerns.some(({ code, says }) => code === 'secret' && says === 'prints all variables');
  const dropped = effects.some(
    (effect) =>
      effect.kind === 'network' && effect.host !== null && isDrop(`https://${effect.host}/`, effect.host),
  );
  return concerns.filter(({ code, says }) => {
    switch (code) {
      case 'attack_tool':
      case 'metadata':
        return true;
      case 'remote_code':
        return isStrange;
      case 'remote_shell':
        return (
          reachesOut && commands.some((one) => one.concerns.some((other) => other.code === 'remote_shell'))
        );
      case 'sends':
        // Whoever reads the settings of a project at build time sends some of them where they belong, never all.
        return (
          readsPrivate ||
          (printsAll && reachesOut) ||
          (dropped && concerns.some((other) => other.code === 'secret'))
        );
      case 'destroys':
        return (
          effects.some((effect) => effect.kind === 'delete' && isEverything(effect.path, place)) ||
          effects.some((effect) => effect.kind === 'write' && effect.at === 'device')
        );
      case 'agent_config':
        return effects.some(
          (effect) =>
            effect.kind === 'write' &&
            isWithin(effect.path, place.home) &&
            locusOf(effect.path, place) === 'home' &&
            isAgentPath(effect.path, place),
        );
      case 'persistence':
        return (
          effects.some(
            (effect) =>
              effect.kind === 'write' &&
              /authorized_keys|\/etc\/(?:cron|sudoers|rc\.local|ld\.so\.preload)|LaunchAgents|\/autostart\//.test(
                effect.path,
              ),
          ) ||
          (isHere && STARTS_LATER.test(says))
        );
      case 'system':
        return ENDLESS.test(says);
      default:
        return false;
    }
  });
}

const ENDLESS = /without an end/;
/** On this machine; in an image nothing starts by it. */
const STARTS_LATER = /\b(?:run later|start by itself|starts? a service|keeps a session alive)\b/;

function isEverything(path: string, place: Place): boolean {
  const bare = path.replace(/\/[*.]*$/, '');
  return bare === '' || bare === place.home || /^\/(?:home|Users|root|etc|usr|var|boot)$/.test(bare);
}
