/** Programs by which files, messages and images leave. See `system-row.ts`. */
import { always, HELP, type SystemRow } from './system-row.ts';

const QUESTION =
  /^(?:--?h(?:elp)?|--?version|-[vV]|help|version|(?:\S+ )?status|list|ls|doctor|completion\b.*)$/;
const sends = (says: string, when?: RegExp): readonly SystemRow[] => [
  when === undefined
    ? { code: 'sends', says, unless: QUESTION }
    : { code: 'sends', says, when, unless: QUESTION },
];
const every = (names: string, rows: readonly SystemRow[]) =>
  Object.fromEntries(names.split(' ').map((name): [string, readonly SystemRow[]] => [name, rows]));

export const SENDING_COMMANDS: Readonly<Record<string, readonly SystemRow[]>> = {
  ...every(
    'croc wormhole magic-wormhole wormhole-william ffsend onionshare-cli onionshare sendme qrcp ' +
      'kdeconnect-cli obexftp bluetooth-sendto',
    sends('sends files to others'),
  ),
  ...every(
    'pastebinit gist hastebin wgetpaste fpaste nopaste dpaste termbin sprunge imgur imgurbash2 ' +
      'gyazo-cli',
    sends('puts text where anybody finds it'),
  ),
  asciinema: sends('puts a recording where others find it', /^upload\b/),
  ...every(
    'slackcat slack-cli slack telegram-send telegram-cli discord-cli discordo discord.sh apprise ' +
      'pushover pushbullet sendxmpp mcabber profanity irssi weechat matrix-commander signal-cli ' +
      'whatsapp-cli yowsup-cli toot rainbowstream twurl zulip-send mattermost-cli mmctl rocketchat ' +
      'gammu',
    sends('sends messages to others'),
  ),
  ntfy: sends('sends messages to others', /^(?:publish|pub|send|trigger|access|user|serve)\b/),
  ...every(
    'neomutt alpine s-nail nail sendEmail sendemail smtp-cli ssmtp nullmailer-inject esmtp ' +
      'himalaya aerc mpack blat',
    sends('sends mail'),
  ),
  ...every(
    'davfs2 mount.davfs cadaver sshfs curlftpfs s3fs gcsfuse goofys gvfs-mount smbnetfs ' +
      'mount.cifs mount.nfs',
    sends('joins a folder of another machine'),
  ),
  ...every(
    'ncftpput ftp-upload wput gftp yafc tnftp atftp psftp pscp plink putty winscp zmodem kermit ' +
      'uucp rcp udr bbcp ascp globus unison syncthing csync2 lsyncd mutagen rslsync btsync ' +
      'nextcloudcmd dbxcli dropbox megaput mega-put mega-cmd megacmd mega-login megatools onedrive ' +
      'skicka grive odrive insync pcloudcc icloudpd yandex-disk filen internxt proton-drive tarsnap ' +
      'spideroak crashplan idrive bup rdiff-backup',
    sends('moves files to or from another place'),
  ),
  ...every(
    'skopeo crane oras regctl imgpkg umoci-push kaniko',
    sends(
      'moves images to or from a registry',
      /^(?:-\S+\s+)*(?:copy|sync|push|cp|append|image copy|artifact put|blob put|attach|mutate|rebase)\b/,
    ),
  ),
  ...every(
    'transmission-create transmission-remote transmission-cli webtorrent mktorrent ctorrent ' +
      'rtorrent deluge qbittorrent-nox aria2-seed bittorrent amule gtk-gnutella',
    sends('gives files to whoever asks'),
  ),
  ...every(
    'pktriggercord hping nping scapy icmpsh icmptx dnsteal dnsexfil dns2tcpc dns2tcp dnsflow ' +
      'iodined ozymandns tuns powercat cloakify egressassess pyexfil det.py xfltreat packetwhisper ' +
      'reflct',
    [{ code: 'attack_tool', says: 'hides data in traffic' }],
  ),
  espeak: [{ code: 'secret', says: 'reads a file aloud', when: /-f\s*\S*(?:\.ssh|\.aws|shadow|id_rsa)/ }],
  lp: always('sends', 'prints', HELP),
  'ssh-import-id': always('persistence', 'lets keys of others in', HELP),
  'ssh-import-id-gh': always('persistence', 'lets keys of others in', HELP),
  qrencode: [{ code: 'secret', says: 'shows a secret as a picture', when: /\.ssh|\.aws|id_rsa|\$\(|shadow/ }],
  glab: sends(
    'gives the project to others',
    /^(?:snippet create|repo (?:mirror|transfer)|release (?:create|upload)|ssh-key add|deploy-key add|variable (?:set|update))\b/,
  ),
  rclone: [{ code: 'sends', says: 'gives files to others', when: /^(?:-\S+\s+)*(?:serve|rcd|link)\b/ }],
  aws: [
    {
      code: 'sends',
      says: 'makes an address that lets anybody in',
      when: /^(?:-\S+ \S+ )*s3 presign\b|\bmodify-(?:snapshot|image)-attribute\b|\bput-(?:bucket|object)-(?:acl|policy)\b|\badd-permission\b|\bput-resource-policy\b|\bput-public-access-block\b|\bcreate-(?:access-key|login-profile|user|role)\b|\battach-(?:user|role|group)-policy\b|\bput-(?:user|role)-policy\b|\bupdate-assume-role-policy\b|\bshare-\w+|\bssm (?:start-session|send-command)\b|\bget-console-(?:output|screenshot)\b|\bget-password-data\b|\bcreate-instance-export-task\b|\bstart-export-task\b|\bexport-image\b|\bcopy-(?:snapshot|db-snapshot)\b/,
    },
  ],
  gcloud: [
    {
      code: 'sends',
      says: 'lets others in',
      when: /\badd-iam-policy-binding\b|\ballUsers\b|\ballAuthenticatedUsers\b|\bservice-accounts keys\b|\bcompute (?:ssh|scp|images export|project-info add-metadata|instances add-metadata)\b|\bsql (?:export|connect)\b|\bfirestore export\b|\bsign-url\b/,
    },
  ],
  az: [
    {
      code: 'sends',
      says: 'lets others in',
      when: /\brole assignment create\b|\bad sp (?:create|credential)|\bgenerate-sas\b|\bgrant-access\b|--public-access (?:blob|container)|\brun-command\b|\bad app credential\b|\buser create\b/,
    },
  ],
  gsutil: [{ code: 'sends', says: 'lets others in', when: /\b(?:signurl|acl (?:ch|set)|iam ch|defacl)\b/ }],
  gh: [
    {
      code: 'sends',
      says: 'lets others in, or gives the project to them',
      when: /^(?:repo (?:edit\b.*--visibility|deploy-key add|fork\b.*--org|transfer)|ssh-key add|gpg-key add|codespace (?:cp|ssh|ports visibility)|variable set|secret set|workflow run\b.*-R|api\b.*\b(?:collaborators|deploy_keys|hooks|keys)\b.*(?:-f|-F|--field|--input|-X))/,
    },
  ],
  vercel: [
    {
      code: 'sends',
      says: 'gives the project to others',
      when: /^(?:env pull|link|teams invite|git connect)\b/,
    },
  ],
  heroku: [
    {
      code: 'sends',
      says: 'lets others in',
      when: /^(?:access:add|keys:add|drains:add|ps:exec|pg:credentials|pg:backups:url|pg:backups:public-url)\b/,
    },
  ],
  kubectl: [
    {
      code: 'sends',
      says: 'lets others in',
      when: /\bcreate (?:clusterrolebinding|rolebinding|token)\b|--accept-hosts|--address[= ]0\.0\.0\.0|\bcluster-admin\b/,
    },
  ],
  firebase: [{ code: 'sends', says: 'takes accounts out', when: /^auth:export\b/ }],
  wget: [{ code: 'sends', says: 'mirrors a site that is not public', when: /--(?:use-askpass|config)\b/ }],
};
