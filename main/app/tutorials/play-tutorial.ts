/** One tutorial from its first line to its last: the stage is put up, the scenes are played, all is taken down. */
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import { readTutorialPolicy } from '../resources.ts';
import type { Answerer } from './answerer.ts';
import { BoxedProgram } from './boxed-program.ts';
import { CopyStage } from './copy-stage.ts';
import { GovernedStage } from './governed-stage.ts';
import { LogFollower } from './log-follower.ts';
import { LogProof } from './log-proof.ts';
import { Player } from './player.ts';
import { PolicyInForce } from './policy-in-force.ts';
import { type PrivateSupervisor, startPrivateSupervisor } from './private-supervisor.ts';
import { ScriptedAgent } from './scripted-agent.ts';
import { SupervisorLine } from './supervisor-line.ts';
import { Transcript, wrapped } from './transcript.ts';
import type { Tutorial } from './tutorial.ts';
import { makeTutorialHome, removeTutorialHome, type TutorialHome } from './tutorial-home.ts';
import { VaultStage } from './vault-stage.ts';

export interface PlayOptions {
  readonly tutorial: Tutorial;
  /** The private supervisor's program. */
  readonly supervisorEntry: URL;
  /** Null: the tutorial answers by itself. */
  readonly answerer: Answerer | null;
  /** Leaves the folder in place at the end. */
  readonly keep: boolean;
  readonly print: (line: string) => void;
  /** Aborts when the person ends it. */
  readonly signal: AbortSignal;
}

/** How long the end of the supervisor may take to be noticed after something else failed because of it. */
const NOTICE_MS = 500;

/**
 * Plays a tutorial. However it ends, its supervisor is gone afterwards, and so is its folder unless it is kept.
 *
 * @throws GatehouseError when what the log says is not what must have happened, or when it cannot be read back;
 *   the reason of `signal` when that aborted
 */
export async function playTutorial(options: PlayOptions): Promise<void> {
  const { tutorial, signal, print } = options;
  const home = makeTutorialHome(readTutorialPolicy(tutorial.number), `tutorial-${tutorial.number}`);
  const gone = new AbortController();
  const ending = AbortSignal.any([signal, gone.signal]);
  let supervisor: PrivateSupervisor | null = null;
  try {
    // The supervisor takes the agent's project from the folder of the process that asks, which is this one.
    process.chdir(home.workspace);
    supervisor = await startPrivateSupervisor(options.supervisorEntry, home, {
      signal,
      onGone: (error) => gone.abort(error),
    });
    await playScenes(options, home, supervisor, ending);
  } catch (error) {
    if (supervisor !== null && !ending.aborted) await noticed(ending);
    const cause: unknown = ending.aborted ? ending.reason : error;
    if (!(cause instanceof GatehouseError)) throw cause;
    throw new GatehouseError(cause.code, `tutorial ${tutorial.number}: ${messageOf(cause)}`, { cause });
  } finally {
    await supervisor?.stop();
    if (options.keep) print(`Kept      ${home.root}`);
    else removeTutorialHome(home);
  }
}

async function playScenes(
  options: PlayOptions,
  home: TutorialHome,
  supervisor: PrivateSupervisor,
  ending: AbortSignal,
): Promise<void> {
  const { tutorial, answerer } = options;
  const transcript = new Transcript(options.print);
  const follower = new LogFollower(home.paths.auditDb, (row) => transcript.row(row), ending);
  const { root, workspace } = home;
  const line = new SupervisorLine(home.paths, supervisor.pin, ending);
  const vault = new VaultStage({ line, follower, transcript, root, workspace });
  const person = home.env['HOME'] ?? root;
  const boxed = new BoxedProgram({ door: home.paths.agentDoor, workspace, home: person });
  const governed = new GovernedStage({ line, follower, transcript, boxed, workspace, home: person });
  try {
    introduce(transcript, tutorial, answerer === null ? null : supervisor);
    const player = new Player({
      agent: new ScriptedAgent(home.paths.agentDoor, home.workspace),
      follower,
      line,
      vault,
      transcript,
      workspace,
      boxed,
      copies: new CopyStage({ line, follower, transcript, boxed, workspace, answerer, ending }),
      governed,
      policy: new PolicyInForce(home.paths.policyFile),
      proof: new LogProof(home, line),
      answerer,
      advance: supervisor.advance,
      ending,
    });
    await player.begin();
    for (const [index, scene] of tutorial.scenes.entries()) {
      transcript.heading(`${index + 1}. ${scene.title}`);
      await player.play(scene);
    }
    transcript.plain('');
    const rows = await player.finish();
    transcript.plain('');
    transcript.plain(`${rows} rows, chain intact.`);
  } finally {
    vault.close();
    governed.close();
    follower.close();
  }
}

/** @param supervisor null when nobody needs its page */
function introduce(transcript: Transcript, tutorial: Tutorial, supervisor: PrivateSupervisor | null): void {
  transcript.plain(`Tutorial ${tutorial.number}: ${tutorial.title}`);
  transcript.plain('');
  const what =
    'It has a Gatehouse of its own, in a folder of its own; both are gone at the end. The agent is a script that speaks as Claude Code does, through the real hook program. A line with a number is that row of the audit log, read back from its file.';
  for (const line of wrapped(what, 100)) transcript.plain(line);
  transcript.plain('');
  transcript.plain(`Policy    ${tutorial.policy}`);
  if (supervisor === null) {
    transcript.plain(
      "Answers   given for you (--auto), at the supervisor's door, with a PIN made for this run",
    );
  } else {
    transcript.plain(`Page      ${supervisor.url}   (one use, 5 min)`);
    transcript.plain(`PIN       ${supervisor.pin}, for the page; good for this run only`);
    transcript.plain('Keys      when it is your turn: a or d, for what is said there. Ctrl-C ends it');
  }
  transcript.plain('');
}

/** Gives the supervisor's end, if that is what went wrong, a moment to be known. */
function noticed(ending: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, NOTICE_MS);
    ending.addEventListener('abort', () => resolve(), { once: true });
  });
}
