/** `gatehouse open`: a new one-use link to the page. It lets nobody decide who cannot show the PIN. */
import { answer, type Command, needsRunning } from './command.ts';

export const open: Command = {
  usage: ['open'],
  what: 'Makes a new link to the page: one use, 5 minutes.',
  needsSupervisor: true,
  async run(_request, parts) {
    const { url } = await needsRunning(parts).openLink();
    return answer(`Open   ${url}   (one use, 5 min)`);
  },
};
