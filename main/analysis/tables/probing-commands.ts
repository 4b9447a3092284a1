/** Programs that search a network, load machines of others, or end what many need. See `system-row.ts`. */
import { always, HELP, type SystemRow } from './system-row.ts';

const every = (names: string, rows: readonly SystemRow[]) =>
  Object.fromEntries(names.split(' ').map((name): [string, readonly SystemRow[]] => [name, rows]));
/** An address that is none of this machine. */
const FAR =
  /\b(?:https?|wss?|grpc):\/\/(?!(?:localhost|127\.|0\.0\.0\.0|\[::1?\]|host\.docker\.internal|[\w-]+:\d+|[\w-]+(?:\/|$)|[\w.-]+\.(?:test|local|localhost)\b))/i;
const shows = (when: RegExp, says: string): readonly SystemRow[] => [{ code: 'secret', says, when }];

export const PROBING_COMMANDS: Readonly<Record<string, readonly SystemRow[]>> = {
  ...every(
    'arp-scan netdiscover fping snmpwalk snmpbulkwalk snmp-check rpcclient showmount dnsrecon dnsenum dnsmap fierce nbtscan ' +
      'unicornscan zgrab zgrab2 onesixtyone smbclient.py rpcinfo ike-scan sslscan sslyze testssl.sh whatweb wafw00f httpx-toolkit ' +
      'dnsx katana gau waybackurls shodan censys assetfinder sublist3r knockpy massdns puredns aquatone eyewitness arjun dalfox ' +
      'commix xsser tplmap jwt_tool nosqlmap ssrfmap gitdumper git-dumper trufflehog3 gitrob photon spiderfoot maltego ' +
      'certipy certipy-ad bloodyad ldeep windapsearch pypykatz lsassy dploot donpapi spraykatz krbrelayx mitm6 ntlmrelayx.py ' +
      'GetUserSPNs.py GetNPUsers.py smbexec.py atexec.py dcomexec.py ticketer.py lookupsid.py samrdump.py rpcdump.py ' +
      'peirates kube-hunter kubeletctl cdk-team pacu cloudfox scoutsuite prowler-attack enumerate-iam roadrecon ' +
      'stormspotter microburst azurehound trevorspray o365spray evilginx evilginx2 gophish king-phisher modlishka muraena ' +
      'airgeddon fluxion wifiphisher mdk3 mdk4 kismet hcxdumptool hcxpcapngtool bully pixiewps cowpatty ' +
      'thc-ssl-dos torshammer hulk.py pyloris rudy ufonet mhddos saphyra xerxes ' +
      'hashid hash-identifier hashcat-utils ophcrack rainbowcrack rcrack truecrack bruteforce-luks crowbar brutespray legba ' +
      'ysoserial marshalsec jndi-exploit log4j-scan searchsploit exploitdb msfdb msfrpcd armitage pupy mythic poshc2 villain hoaxshell ' +
      'chisel-server ligolo-proxy sshuttle-server rsockstun pivotnacci dnschef responder.py inveigh coercer petitpotam.py',
    [{ code: 'attack_tool', says: 'is made for attacks on networks', unless: HELP }],
  ),
  ldapsearch: [
    {
      code: 'attack_tool',
      says: 'searches a directory of others',
      when: /(?:-h|-H|--host)\s*\S*(?!localhost|127\.)\S/,
    },
  ],
  'avahi-browse': [{ code: 'attack_tool', says: 'searches the network', when: /-\w*a/ }],
  ...every(
    'ab wrk wrk2 hey siege bombardier autocannon oha rewrk drill-load plow cassowary h2load httperf tsung gatling artillery locust k6 goose-load boom',
    [{ code: 'attack_tool', says: 'loads a machine of others', when: FAR }],
  ),
  vegeta: [{ code: 'attack_tool', says: 'loads a machine of others', when: /^attack\b/ }],
  slowhttptest: always('attack_tool', 'loads a machine of others', HELP),
  aws: [
    {
      code: 'destroys',
      says: 'ends what many need',
      when: /\bleave-organization\b|\bclose-account\b|\bupdate-\S+.*--(?:desired-count|min-size|max-size|desired-capacity)[= ]0\b/,
    },
  ],
  az: [{ code: 'destroys', says: 'ends what many need', when: /\b(?:deallocate|disable-\w+)\b/ }],
  fly: [{ code: 'destroys', says: 'ends what many need', when: /^scale count (?:\S+=)?0\b/ }],
  flyctl: [{ code: 'destroys', says: 'ends what many need', when: /^scale count (?:\S+=)?0\b/ }],
  pd: [{ code: 'service', says: 'closes what others watch', when: /\bresolve\b|\back\b/ }],
  // What shows how somebody signs in
  heroku: shows(/^(?:auth:token|authorizations(?::info)?|config)\b/, 'shows a secret'),
  firebase: shows(/^login:ci\b/, 'shows a token'),
  glab: shows(/^auth status\b.*(?:-t|--show-token)\b/, 'shows a token'),
  vault: shows(/^token lookup\b|^print token\b|^login\b.*-method/, 'shows a token'),
  'docker-credential-osxkeychain': always('secret', 'reads credentials', HELP),
  'docker-credential-secretservice': always('secret', 'reads credentials', HELP),
  'docker-credential-pass': always('secret', 'reads credentials', HELP),
  'docker-credential-wincred': always('secret', 'reads credentials', HELP),
  'docker-credential-gcloud': always('secret', 'reads credentials', HELP),
  'docker-credential-ecr-login': always('secret', 'reads credentials', HELP),
  'git-credential-manager': always('secret', 'reads credentials', HELP),
  'git-credential-osxkeychain': always('secret', 'reads credentials', HELP),
  'git-credential-libsecret': always('secret', 'reads credentials', HELP),
  fd: shows(
    /(?:\.env|id_rsa|\.pem|credentials|\.ssh|\.aws|wallet|secret|passw)\S*\s.*(?:\s|^)(?:~|\ue007|\/(?:home|Users|root|etc)?(?=\s|$))/i,
    'looks for secrets',
  ),
  ...every(
    'trufflehog gitleaks detect-secrets noseyparker ggshield ripsecrets whispers talisman secretscanner earlybird',
    [
      {
        code: 'secret',
        says: 'looks for secrets outside of the project',
        when: /(?:^|[\s=])(?:~|\ue007|\/(?:home|Users|root|etc)(?:\/[\w.-]+)?)\/?(?=\s|$)/,
      },
    ],
  ),
  mix: [{ code: 'destroys', says: 'throws a database away', when: /\becto\.drop\b/ }],
  knex: [
    {
      code: 'destroys',
      says: 'takes every change of a database back',
      when: /\bmigrate:rollback\b.*--all\b/,
    },
  ],
  ...every('yt-dlp youtube-dl gallery-dl', shows(/--cookies-from-browser/, 'reads the cookies of a browser')),
  atuin: shows(/^(?:search|history|export|dump|sync|key)\b/, 'shows what was typed'),
  mcfly: shows(/^(?:search|dump)\b/, 'shows what was typed'),
  thunderbird: [{ code: 'sends', says: 'writes mail', when: /-compose\b/ }],
  evolution: [{ code: 'sends', says: 'writes mail', when: /mailto:/ }],
  'xdg-email': always('sends', 'writes mail', HELP),
  fastlane: [
    {
      code: 'service',
      says: 'gives an application to a shop',
      when: /\b(?:deliver|supply|pilot|upload_to_\w+|release|match nuke|produce)\b/,
    },
  ],
  // Hooks and settings of tools
  husky: [
    { code: 'persistence', says: 'has a hook of git run', when: /^(?:add|set|install)\b.*\s\S/ },
    { code: 'tampering', says: 'switches hooks off', when: /^uninstall\b/ },
  ],
  lefthook: [{ code: 'tampering', says: 'switches hooks off', when: /^uninstall\b/ }],
  'pre-commit': [{ code: 'tampering', says: 'switches hooks off', when: /^uninstall\b/ }],
  yarn: [
    {
      code: 'persistence',
      says: 'has every call of it run something',
      when: /^config set (?:-\S+ )*(?:yarnPath|plugins|npmRegistryServer|nodeLinker\S*path|httpsProxy|httpProxy|enableScripts)\b|^plugin import (?:https?:|\/tmp)/i,
    },
  ],
  npm: [
    {
      code: 'persistence',
      says: 'has every call of it run something',
      when: /^config set (?:-\S+ )*(?:prefix|node-options|shell|editor|git|globalconfig|userconfig|init-module|onload-script|viewer|node-gyp)\b/,
    },
  ],
  pnpm: [
    {
      code: 'persistence',
      says: 'has every call of it run something',
      when: /^config set (?:-\S+ )*(?:script-shell|global-pnpmfile|pnpmfile|node-options|shell-emulator|registry)\b/,
    },
  ],
  'systemd-run': [
    {
      code: 'persistence',
      says: 'makes something run later',
      when: /--on-(?:calendar|boot|startup|active|unit\S*|clock\S*|timezone\S*)\b|--timer-property/,
    },
  ],
  // Everything of a kind, whosever it is
  killall: [
    {
      code: 'system',
      says: 'ends programs that it did not start',
      when: /^(?:-\S+\s+)*[\w.+-]+\s+[\w.+-]+|(?:^|\s)(?:chrome|chromium|firefox|safari|code|cursor|slack|discord|zoom|teams|thunderbird|postgres|mysqld|redis-server|dockerd|containerd|sshd|systemd|bash|zsh|tmux|ssh-agent|gpg-agent)(?:\s|$)/i,
    },
  ],
};
