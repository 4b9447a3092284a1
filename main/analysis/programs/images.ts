/** Images that are made for one thing: miners, and ways into the machine that they run on. */
import type { Call } from '../shell/call.ts';
import type { Word } from '../shell/text.ts';
import { MINES } from '../written/code-signs.ts';

/** The last part of an image's name. */
const OPENS =
  /(?:^|\/)(?:frpc?|frps|ngrok|cloudflared|tailscale|zerotier|chisel|bore|rathole|inlets|pagekite|openssh-server|sshd|ttyd|wetty|gotty|webtop|guacamole|novnc|rustdesk-server\w*|teamviewer|gost|tor|tor-proxy|wstunnel|socat)(?::|@|$)/i;

/** Notes what an image and its words say. */
export function notesImage(call: Call, args: readonly Word[], image: string): void {
  if (args.some(({ text }) => MINES.test(text))) call.deed.concern('attack_tool', 'runs a miner');
  if (OPENS.test(image)) call.deed.concern('remote_shell', `opens a way into this machine through ${image}`);
}
