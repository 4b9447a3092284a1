import { TAINT, type Taint } from './text.ts';

/** Why a text may not be run as code; null when nothing is the matter with it. */
export function isRemoteOrDecoded(taint: Taint): string | null {
  if ((taint & TAINT.remote) !== 0) return 'came over the network';
  if ((taint & TAINT.decoded) !== 0) return 'came out of an encoding';
  return null;
}
