/** Words by which servers name their tools, and themselves: what a tool does is told by the first verb in its name. */

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}

/** Looks, and leaves everything as it is. */
export const READING_VERBS: ReadonlySet<string> = words(`
  get list ls search read describe query find fetch lookup look view show retrieve browse inspect check
  count compare explain analyze analyse summarize summarise validate verify lint parse preview scan trace
  grep glob stat tail head cat tree watch wait think thinking sequentialthinking echo ping convert
  calculate compute estimate suggest recommend detect identify introspect peek poll measure profile
  monitor ask aggregate select whoami crawl scrape mget hget hgetall hkeys lrange llen smembers scard
  zrange ttl dbsize
`);

/** Names of what is only looked at: they say so where no verb says anything else. */
export const READING_NOUNS: ReadonlySet<string> = words(`
  status diff log logs blame history info information details stats statistics version health help docs
  documentation schema metadata diagnostics definition definitions references symbols hover overview
  screenshot snapshot metrics time instructions examples messages requests outline completions usage
  lookup summary replies channels members threads conversations users teams projects tables models
`);

/** Changes something, wherever it is. */
export const ACTING_VERBS: ReadonlySet<string> = words(`
  create add new insert update set edit modify patch change rename move merge write save put store upsert
  append prepend replace commit fork lock unlock close reopen open send post publish unpublish reply
  comment submit upload push pull clone checkout switch stash tag branch init stage unstage copy duplicate
  deploy redeploy release promote rollback revert restore run execute exec eval invoke call trigger start
  stop restart pause resume cancel abort approve reject accept decline assign unassign invite share
  unshare transfer pay charge refund order buy book reserve schedule reschedule enable toggle install
  register join leave subscribe unsubscribe mark star unstar follow unfollow grant apply sync import
  export dispatch rerun retry pin unpin archive unarchive react link unlink attach connect mint sign issue
  rotate renew scale provision build make generate draft compose forward notify message email tweet
  broadcast vote rate configure migrate alter seed load download extract complete finish resolve dismiss
  ack acknowledge silence mute unmute request propose delegate spawn kill click type fill press drag drop
  tap swipe navigate goto back resize handle impersonate login authenticate authorize escalate bypass
  withdraw swap trade lpush rpush hset mset sadd zadd xadd expire incr decr lpop rpop print record
`);

/** Takes something away, which only its server may be able to bring back. */
export const LOSING_VERBS: ReadonlySet<string> = words(`
  delete del remove rm destroy drop purge truncate wipe erase flush terminate revoke disable deactivate
  uninstall unregister deregister clear empty reset evict drain prune expunge trash detach ban kick
  suspend shutdown nuke overwrite flushall flushdb unset hdel srem zrem discard decommission deprovision
`);

/** They name things as often as deeds: behind `list` or before `get` they are things. */
export const THINGS: ReadonlySet<string> = words(`
  commit release comment post review order book star fork run tag branch message email schedule change log
  record issue build link request stash trace profile export import patch merge pull draft copy store set
  type
`);

/** Several words that name one thing. */
export const COMPOUNDS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:pull|merge|feature|change) requests?\b/g, 'thing'],
  [/\b(?:check|test|workflow|pipeline|job) (?:run|suite)s?\b/g, 'thing'],
  [/\b(?:push|email) notifications?\b/g, 'thing'],
  [/\b(?:log|sign) in\b/g, 'login'],
  [/\bget rid\b/g, 'remove'],
  // What a name stands for, and not a quarrel.
  [
    /\bresolve (?:library|package|name|names|id|ids|path|url|uri|ref|reference|references|symbol|dns|host|hostname|version)\b/g,
    'lookup',
  ],
];

/** Servers whose tools act on this machine's own notes, thoughts and files of the project, by their names. */
export const LOCAL_SERVERS: ReadonlySet<string> = words(`
  filesystem files file fs memory thinking think sequentialthinking git serena todo todos time ide editor
  lsp language-server sequential scratchpad notes
`);

/** Servers that drive a browser. */
export const BROWSER_SERVERS: ReadonlySet<string> = words(`
  playwright puppeteer browser chrome chromium firefox devtools selenium webdriver browsermcp cypress
  webkit
`);

/** Servers that drive simulators, emulators and devices at this machine, and build for them. */
export const DEVICE_SERVERS: ReadonlySet<string> = words(`
  xcodebuildmcp xcodebuild xcode simulator simulators ios android emulator mobile appium maestro idb
`);

/** What a device is told. What is built or run for it is the project's own code. */
export const DEVICE_ACTS: ReadonlySet<string> = words(`
  build run test launch start stop terminate boot shutdown install click tap type swipe press scroll open
  long double screenshot record set rotate orientation location key button gesture touch clean log logs
`);

/** What people do in a browser; what it loads by that is told by its address. */
export const BROWSER_ACTS: ReadonlySet<string> = words(`
  navigate goto back forward reload click type fill press hover drag drop tap scroll select check uncheck
  resize wait snapshot screenshot close tab tabs new page console network dialog handle emulate key pdf
  trace start stop form open title text html content viewport swipe dblclick focus blur double clear
`);

/** Deeds that run whatever they are given: nothing about the place makes them harmless. */
export const RUNNING_VERBS: ReadonlySet<string> = words(`
  run execute exec eval evaluate invoke call spawn kill install upload push send publish post deploy login
  connect clone pull import
`);

/** What only looks at secrets. */
export const SECRET_THINGS =
  /^(?:secrets?|passwords?|passwd|credentials?|passphrases?|otps?|totp|cookies?|keychain|vault|apikeys?|privatekeys?|keyfile|kubeconfig)$/;
export const SECRET_PAIRS =
  /\b(?:(?:access|api|auth|bearer|session|refresh|oauth|id) tokens?|(?:api|private|access|signing|encryption|ssh) keys?|env(?:ironment)? var(?:iable)?s?|local storage|session storage|storage state|connection strings?)\b|^(?:get|read|show|fetch|print|dump) (?:token|env|environment)$/;
