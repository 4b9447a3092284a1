/** Programs by which others get in: tunnels, remote desktops, shells for browsers, servers of files. See `system-row.ts`. */
import type { SystemRow } from './system-row.ts';

const QUESTION =
  /^(?:--?h(?:elp)?|--?version|-[vV]|help|version|(?:\S+ )?status|list|ls|doctor|completion\b.*)$/;
const opens = (when?: RegExp): readonly SystemRow[] => [
  {
    code: 'remote_shell',
    says: 'opens a way into this machine',
    unless: QUESTION,
    ...(when === undefined ? {} : { when }),
  },
];
const every = (names: string, rows: readonly SystemRow[]) =>
  Object.fromEntries(names.split(' ').map((name): [string, readonly SystemRow[]] => [name, rows]));
/** What answers on every address of the machine. */
const EVERYWHERE = /(?:^|[\s=:])(?:0\.0\.0\.0|\[?::\]?(?=[\s:]|$)|\*)(?::\d+|[\s]|$)/;
/** A folder that is nobody's project. */
const WIDE_FOLDER = /(?:^|[\s=])(?:\/|~\/?|\ue007\/?|\/(?:home|Users|etc|root|var)(?:\/[\w.-]+)?\/?)(?=\s|$)/;
const gives: readonly SystemRow[] = [
  { code: 'sends', says: 'gives a folder of the person to others', when: WIDE_FOLDER },
];

export const REACHABLE_COMMANDS: Readonly<Record<string, readonly SystemRow[]>> = {
  ...every(
    'zerotier-cli zerotier-one frps frpc rathole pagekite pagekite.py inlets inletsctl zrok ' +
      'devtunnel bore-cli boringproxy holepunch hypertunnel tunnelmole tmole untun localxpose loclx ' +
      'packetriot pktriot playit remote.it connectd sish telebit teleport beame-insta-ssl jprq ' +
      'gsocket gs-sftp gs-mount revsocks rpivot ligolo-ng wstunnel stunnel stunnel4 ptunnel-ng ' +
      'udp2raw kcptun gost v2ray xray sing-box shadowsocks ss-local ss-server sslocal ssserver ' +
      'trojan hysteria brook tor i2pd i2prouter dnscrypt-proxy nebula netbird headscale netmaker ' +
      'netclient n2n tinc tincd openconnect vpnc softether twingate cloudflare-warp warp-cli ' +
      'mullvad microsocks dante sockd 3proxy tinyproxy proxybroker rinetd redir simpleproxy socks5 ' +
      'ssf earthworm neo-regeorg regeorg pystinger',
    opens(),
  ),
  ...every(
    'upterm sshx teleconsole tty-share wetty shellinabox shellinaboxd butterfly.server.py webssh ' +
      'wssh webtty termshark-web tty.js gotty ttyd x11vnc vncserver tigervncserver tightvncserver ' +
      'Xvnc x0vncserver x0tigervncserver wayvnc xrdp krfb krdp gnome-remote-desktop-daemon grdctl ' +
      'vino-server novnc novnc_proxy websockify xpra nxserver x2gostartagent rustdesk anydesk ' +
      'teamviewer teamviewerd chrome-remote-desktop dwagent dwservice meshagent meshcmd splashtop ' +
      'nomachine parsecd sunshine screenconnect atera ammyy ultraviewer supremo guacd sshd dropbear ' +
      'telnetd in.telnetd rlogin rexec code-server openvscode-server coder theia cloudcmd webmin ' +
      'cockpit-ws mosh-server et etserver tuntox ntopng',
    opens(),
  ),
  code: opens(/^tunnel\b|^serve-web\b/),
  'code-insiders': opens(/^tunnel\b|^serve-web\b/),
  cursor: opens(/^tunnel\b|^serve-web\b/),
  codium: opens(/^tunnel\b|^serve-web\b/),
  jupyter: opens(EVERYWHERE),
  node: opens(/--inspect(?:-brk)?[= ](?:0\.0\.0\.0|\[?::\]?)/),
  dockerd: opens(/tcp:\/\//),
  adb: opens(/^(?:-\S+ \S+ )*(?:connect|tcpip|reverse)\b/),
  systemsetup: opens(/-setremotelogin\s+on/i),
  kickstart: opens(),
  ...every(
    'http-server serve live-server darkhttpd webfsd miniserve simple-http-server dufs updog ' +
      'filebrowser caddy static-web-server sfz thttpd lighttpd mini_httpd woof droopy uploadserver ' +
      'pyftpdlib vsftpd proftpd pure-ftpd tftpd in.tftpd atftpd smbserver.py impacket-smbserver ' +
      'wsgidav rsyncd gossa goshs httpd nginx mongoose copyparty chezdav',
    gives,
  ),
  busybox: [
    { code: 'sends', says: 'gives a folder of the person to others', when: /^httpd\b.*-h\s*(?:\/|~|\ue007)/ },
    { code: 'remote_shell', says: 'gives a shell to others', when: /^(?:telnetd|nc\b.*-e|inetd|ftpd|tftpd)/ },
  ],
  ruby: [
    {
      code: 'sends',
      says: 'gives a folder of the person to others',
      when: /-run\b.*httpd\s+(?:\/|~|\ue007)/,
    },
  ],
};
