/** Wallets, and tools that put contracts on chains. See `system-row.ts`. */
import { always, HELP, type SystemRow } from './system-row.ts';

const every = (names: string, rows: readonly SystemRow[]) =>
  Object.fromEntries(names.split(' ').map((name): [string, readonly SystemRow[]] => [name, rows]));

export const WALLET_COMMANDS: Readonly<Record<string, readonly SystemRow[]>> = {
  ...every('bitcoin-cli litecoin-cli dogecoin-cli dash-cli zcash-cli bitcoin-wallet elements-cli', [
    {
      code: 'secret',
      says: 'shows keys of a wallet',
      when: /\b(?:dumpprivkey|dumpwallet|dumpmasterprivkey|listdescriptors\s+true|getdescriptorinfo|walletpassphrase\w*|backupwallet|sethdseed|z_exportkey|z_exportwallet|dump|export\w*)\b/,
    },
    {
      code: 'service',
      says: 'moves money',
      when: /\b(?:send\w*|settxfee|bumpfee|signraw\w*|importprivkey|importdescriptors|z_sendmany|unloadwallet|encryptwallet|submitblock|generate\w*)\b/,
    },
  ]),
  cast: [
    {
      code: 'secret',
      says: 'shows or uses keys of a wallet',
      when: /^wallet\b|--private-key|--mnemonic|--keystore|--unlocked/,
    },
    { code: 'service', says: 'moves money', when: /^(?:send|publish|mktx|rpc eth_send\w*)\b/ },
  ],
  forge: [
    { code: 'service', says: 'puts a contract on a chain', when: /^create\b|--broadcast\b|--private-key/ },
  ],
  geth: [
    {
      code: 'secret',
      says: 'works with keys of a wallet',
      when: /\baccount\b|\bwallet\b|--unlock|--password|\battach\b/,
    },
  ],
  clef: always('secret', 'works with keys of a wallet', HELP),
  ethkey: always('secret', 'works with keys of a wallet', HELP),
  seth: always('service', 'works with a wallet', HELP),
  solana: [
    {
      code: 'service',
      says: 'moves money',
      when: /^(?:-\S+ \S+ )*(?:transfer|pay|withdraw-\w+|program (?:deploy|close|write-buffer|set-\w+)|delegate-stake|deactivate-stake|airdrop|config set)\b/,
    },
  ],
  'solana-keygen': [
    { code: 'secret', says: 'works with keys of a wallet', when: /^(?:recover|new|pubkey|grind)\b/ },
  ],
  'spl-token': [
    {
      code: 'service',
      says: 'moves money',
      when: /^(?:transfer|burn|mint|approve|authorize|close|wrap|unwrap)\b/,
    },
  ],
  sui: [
    { code: 'secret', says: 'works with keys of a wallet', when: /^keytool\b/ },
    { code: 'service', says: 'moves money', when: /^client (?:transfer|pay|publish|call|ptb|merge|split)/ },
  ],
  aptos: [
    {
      code: 'service',
      says: 'moves money',
      when: /^(?:account transfer|move (?:publish|run|deploy)|key\b|init)\b/,
    },
  ],
  near: [
    {
      code: 'service',
      says: 'moves money',
      when: /^(?:send\w*|delete\w*|deploy|call|account (?:export|delete)|tokens)\b/,
    },
  ],
  lncli: [
    {
      code: 'service',
      says: 'moves money',
      when: /\b(?:pay\w*|send\w*|closechannel|closeallchannels|exportchanbackup|bakemacaroon|wallet)\b/,
    },
  ],
  'lightning-cli': [
    { code: 'service', says: 'moves money', when: /\b(?:pay|withdraw|close|fundchannel|keysend|sendpay)\b/ },
  ],
  'monero-wallet-cli': always('secret', 'works with keys of a wallet', HELP),
  'monero-wallet-rpc': always('secret', 'works with keys of a wallet', HELP),
  electrum: always('secret', 'works with keys of a wallet', HELP),
  'cardano-cli': [{ code: 'service', says: 'moves money', when: /\btransaction (?:submit|sign)\b/ }],
  'tezos-client': [
    { code: 'service', says: 'moves money', when: /\b(?:transfer|originate|reveal)\b|\bshow address\b.*-S/ },
  ],
  gaiad: [
    {
      code: 'secret',
      says: 'works with keys of a wallet',
      when: /^(?:tx|keys (?:export|show|delete|mnemonic))\b/,
    },
  ],
  chia: [
    { code: 'secret', says: 'works with keys of a wallet', when: /^(?:keys (?:show|sign)|wallet send)\b/ },
  ],
  hardhat: [
    { code: 'service', says: 'puts a contract on a chain', when: /--network\s+(?!hardhat\b|localhost\b)\S+/ },
  ],
  truffle: [
    {
      code: 'service',
      says: 'puts a contract on a chain',
      when: /--network\s+(?!develop\w*\b|localhost\b|test\b)\S+/,
    },
  ],
  anchor: [
    {
      code: 'service',
      says: 'puts a contract on a chain',
      when: /^(?:deploy|upgrade|migrate)\b.*(?:mainnet)/,
    },
  ],
};
