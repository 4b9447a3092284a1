/** Folders and sockets of the machine that are handed to a container. */
import type { Call } from '../shell/call.ts';
import { plain, shown, type Word } from '../shell/text.ts';

/** What package managers keep and fetch again. */
const CACHES =
  /^\/(?:\.m2|\.gradle|\.npm|\.cache|\.cargo\/registry|\.pnpm-store|go\/pkg|\.nuget\/packages)(?:\/|$)/;

/** One value of `-v` or `--mount`. */
export function mounted(call: Call, one: Word): void {
  const text = plain(one.text);
  const source =
    /(?:^|,)(?:source|src)=([^,]+)/.exec(text)?.[1] ?? (text.includes('=') ? undefined : text.split(':')[0]);
  if (source === undefined || !/^[/~.\ue007]/.test(one.text.startsWith('\ue007') ? '~' : source)) return;
  const path = call.deed.path(one.text.startsWith('\ue007') ? (one.text.split(':')[0] ?? '') : source);
  if (/docker\.sock|containerd\.sock|podman\.sock|crio\.sock/.test(path)) {
    call.deed.concern('privilege', 'hands the container service to a container');
    return;
  }
  if (
    path === '/' ||
    /^\/(?:etc|root|proc|sys|dev|boot|var\/run|run|home|Users)$/.test(path) ||
    path === call.place.home
  )
    call.deed.concern('privilege', `hands ${shown(path)} of the machine to a container`);
  else if (/(?:^|[:,])(?:ro|readonly)/.test(text)) call.deed.reads(path);
  else {
    call.deed.reads(path);
    const isCache = CACHES.test(path.slice(call.place.home.length)) && path.startsWith(`${call.place.home}/`);
    if (!path.startsWith(call.place.workspace) && !isCache) call.deed.writes(path);
  }
}
