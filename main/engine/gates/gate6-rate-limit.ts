/** Gate 6: is the call within its rates? Asked of every caller; nothing is consumed by asking. */
import { quoted } from '../../policy/diagnostic.ts';
import {
  type Answer,
  citing,
  type Gate,
  labelOf,
  PASSED,
  passed,
  type Question,
  stopped,
} from './question.ts';

function ask(question: Question): Answer {
  const { facts } = question;
  const { uses } = facts.rate;
  let nearest = uses[0];
  if (nearest === undefined) return PASSED;
  for (const use of uses) {
    if (use.used >= use.limit) {
      const wait = Math.max(0, use.retryAfterMs);
      const calls = `${use.limit} ${use.limit === 1 ? 'call' : 'calls'} a minute`;
      return stopped(
        `${use.limit} of ${use.limit} a minute`,
        `The rate limit for ${quoted(use.key)} is reached: ${calls}${citing(use.rule)}. Wait ${Math.ceil(wait / 1000)} s before ${labelOf(question)} is tried again.`,
        use.rule,
        wait,
      );
    }
    if (use.limit - use.used < nearest.limit - nearest.used) nearest = use;
  }
  return passed(`${nearest.used + 1} of ${nearest.limit} a minute`);
}

export const gate6RateLimit: Gate = { code: 'gate6_rate_limit', number: 6, ask };
