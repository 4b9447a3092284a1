/**
 * The rules of the content scan. Each is anchored at something that the format fixes (a prefix, a header, a name
 * before a value), and is tried only in texts that hold one of its keywords. Every pattern has bounded repeats
 * without nesting, so that none takes more than linear time.
 *
 * Prefixes are those that the issuers publish for secret scanning; lengths leave some room, because issuers
 * change them.
 */
import { isCardNumber, isIban, isPlaceholder, looksRandom } from './checks.ts';
import type { Confidence, ContentClass } from './content-class.ts';

export interface ContentRule {
  readonly name: string;
  readonly class: ContentClass;
  readonly confidence: Confidence;
  /** Lower case; the pattern is tried when the text, in lower case, holds one of them. */
  readonly keywords: readonly string[];
  /** Global, with indices of group 1 where only a part of the match is the value. */
  readonly pattern: RegExp;
  /** The match counts only if this says so. */
  readonly check?: (value: string) => boolean;
}

const END = '(?![A-Za-z0-9_-])';
const START = '(?<![A-Za-z0-9_-])';

function token(
  name: string,
  keywords: readonly string[],
  body: string,
  found: ContentClass = 'api_token',
  check: ContentRule['check'] = (value) => !isPlaceholder(value),
): ContentRule {
  return {
    name,
    class: found,
    confidence: 'high',
    keywords,
    pattern: new RegExp(`${START}(${body})${END}`, 'dg'),
    check,
  };
}

/** Names after which a value is a secret; the name must end there, so that `token_count` and `author` are none. */
const SECRET_NAME =
  '(?:api[_-]?key|access[_-]?key|secret[_-]?key|client[_-]?secret|private[_-]?token|auth[_-]?token|access[_-]?token|refresh[_-]?token|secret|token|passwd|password|passphrase|pwd)';

/** The same at the end of a name in camel case. */
const CAMEL_NAME = '(?:Password|Passphrase|Secret|Token|ApiKey|AccessKey|SecretKey)';

export const CONTENT_RULES: readonly ContentRule[] = [
  {
    name: 'pem_private_key',
    class: 'private_key',
    confidence: 'high',
    keywords: ['private key'],
    pattern:
      /(-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----)[\s\S]){0,16384}(?:-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----)?)/dg,
    // A header alone, in a text about keys, is no key.
    check: (value) => /-----(?:\\[nr]|\s){0,8}(?:[A-Za-z0-9+/=]{24}|[A-Z][\w-]{2,30}: )/.test(value),
  },
  {
    name: 'putty_private_key',
    class: 'private_key',
    confidence: 'high',
    keywords: ['putty-user-key-file'],
    pattern: /(PuTTY-User-Key-File-\d: [\s\S]{0,8192}?Private-Lines: \d{1,4}[\s\S]{0,8192})/dg,
  },
  token('age_key', ['age-secret-key-'], 'AGE-SECRET-KEY-1[0-9A-Z]{58}', 'private_key'),
  token(
    'aws_access_key_id',
    ['akia', 'asia', 'abia', 'acca'],
    '(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}',
    'cloud_key',
  ),
  {
    name: 'aws_secret_access_key',
    class: 'cloud_key',
    confidence: 'high',
    keywords: ['aws'],
    pattern:
      /aws[\w.-]{0,24}(?:secret|sk)[\w.-]{0,24}["']?\s{0,4}[:=]\s{0,4}["']?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/dgi,
    check: (value) => looksRandom(value, 3.5),
  },
  token('google_api_key', ['aiza'], 'AIza[A-Za-z0-9_-]{35}', 'cloud_key'),
  token('google_oauth_secret', ['gocspx-'], 'GOCSPX-[A-Za-z0-9_-]{28}', 'cloud_key'),
  token('google_access_token', ['ya29.'], 'ya29\\.[A-Za-z0-9_-]{20,512}', 'cloud_key'),
  {
    name: 'azure_storage_key',
    class: 'cloud_key',
    confidence: 'high',
    keywords: ['accountkey='],
    pattern: /AccountKey=([A-Za-z0-9+/]{86}==)/dgi,
  },
  {
    name: 'azure_client_secret',
    class: 'cloud_key',
    confidence: 'high',
    keywords: ['8q~'],
    pattern: /(?<![\w.~-])([A-Za-z0-9_.~-]{3}8Q~[A-Za-z0-9_.~-]{31,34})(?![\w.~-])/dg,
  },
  token('github_token', ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'], 'gh[pousr]_[A-Za-z0-9]{36,251}'),
  token('github_fine_grained', ['github_pat_'], 'github_pat_[A-Za-z0-9_]{60,120}'),
  token(
    'gitlab_token',
    ['glpat-', 'gldt-', 'glrt-', 'glptt-', 'glcbt-'],
    'gl(?:pat|dt|rt|ptt|cbt)-[A-Za-z0-9_.-]{20,64}',
  ),
  token('slack_token', ['xox'], 'xox[abeoprs]-(?:\\d-)?[A-Za-z0-9-]{10,250}'),
  token('slack_app_token', ['xapp-'], 'xapp-\\d-[A-Za-z0-9-]{20,250}'),
  {
    name: 'slack_webhook',
    class: 'api_token',
    confidence: 'high',
    keywords: ['hooks.slack.com'],
    pattern: /hooks\.slack\.com\/(?:services|workflows|triggers)\/([A-Za-z0-9/+_-]{20,120})/dg,
    check: (value) => !isPlaceholder(value),
  },
  // Publishable keys (pk_) are meant to be seen.
  token(
    'stripe_key',
    ['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_'],
    '[sr]k_(?:live|test)_[A-Za-z0-9]{16,247}',
  ),
  token('stripe_webhook', ['whsec_'], 'whsec_[A-Za-z0-9+/=]{24,120}'),
  token('anthropic_key', ['sk-ant-'], 'sk-ant-[A-Za-z0-9_-]{24,200}'),
  token(
    'openai_key',
    ['sk-'],
    'sk-(?!ant-)(?:proj-|svcacct-|admin-|live-|or-v1-)?[A-Za-z0-9_-]{20,200}',
    'api_token',
    (value) => !isPlaceholder(value) && /\d/.test(value) && looksRandom(value.replace(/^sk-/, ''), 3),
  ),
  token('huggingface_token', ['hf_'], 'hf_[A-Za-z0-9]{34,40}'),
  token('replicate_token', ['r8_'], 'r8_[A-Za-z0-9]{37,40}'),
  token('groq_key', ['gsk_'], 'gsk_[A-Za-z0-9]{48,56}'),
  token('npm_token', ['npm_'], 'npm_[A-Za-z0-9]{36}'),
  token('pypi_token', ['pypi-'], 'pypi-AgEIcHlwaS[A-Za-z0-9_-]{50,1000}'),
  token('rubygems_key', ['rubygems_'], 'rubygems_[a-f0-9]{48}'),
  token('docker_token', ['dckr_pat_', 'dckr_oat_'], 'dckr_[po]at_[A-Za-z0-9_-]{27,64}'),
  token('sendgrid_key', ['sg.'], 'SG\\.[A-Za-z0-9_-]{16,32}\\.[A-Za-z0-9_-]{32,64}'),
  token('mailgun_key', ['key-'], 'key-[a-f0-9]{32}'),
  token('twilio_key', ['sk', 'ac'], '(?:SK|AC)[a-f0-9]{32}', 'api_token', (value) => looksRandom(value, 3)),
  token('digitalocean_token', ['dop_v1_', 'doo_v1_', 'dor_v1_'], 'do[opr]_v1_[a-f0-9]{64}'),
  token('linear_key', ['lin_api_', 'lin_oauth_'], 'lin_(?:api|oauth)_[A-Za-z0-9]{32,64}'),
  token('notion_token', ['ntn_'], 'ntn_[A-Za-z0-9]{40,64}'),
  token('shopify_token', ['shpat_', 'shpca_', 'shppa_', 'shpss_'], 'shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}'),
  token('vault_token', ['hvs.', 'hvb.'], 'hv[sb]\\.[A-Za-z0-9_-]{24,200}'),
  token('databricks_token', ['dapi'], 'dapi[a-f0-9]{32}(?:-\\d)?'),
  token('doppler_token', ['dp.'], 'dp\\.(?:pt|st|ct|sa)\\.[A-Za-z0-9._-]{40,80}'),
  token('postman_key', ['pmak-'], 'PMAK-[a-f0-9]{24}-[a-f0-9]{34}'),
  token('telegram_bot', [':aa'], '\\d{8,10}:AA[A-Za-z0-9_-]{33}'),
  token('atlassian_token', ['atatt3'], 'ATATT3[A-Za-z0-9_=-]{60,300}'),
  token('gatehouse_token', ['gth_'], 'gth_[A-Za-z0-9_-]{43}'),
  {
    name: 'json_web_token',
    class: 'jwt',
    confidence: 'high',
    keywords: ['eyj'],
    pattern:
      /(?<![A-Za-z0-9_-])(eyJ[A-Za-z0-9_-]{8,8192}\.eyJ[A-Za-z0-9_-]{8,8192}\.[A-Za-z0-9_-]{16,1024})(?![A-Za-z0-9_-])/dg,
  },
  {
    name: 'password_in_url',
    class: 'url_credentials',
    confidence: 'high',
    keywords: ['://'],
    pattern:
      /(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/@:"'<>]{0,128}:([^\s/@"'<>]{3,512})@[^\s/@"'<>]/dgi,
    check: (value) =>
      !isPlaceholder(value) &&
      !/^(?:pass|password|pwd|secret|token|postgres|root|admin|guest|user)$/i.test(value),
  },
  {
    name: 'authorization_header',
    class: 'api_token',
    confidence: 'high',
    keywords: ['authorization'],
    pattern:
      /authorization["']?\s{0,4}[:=]\s{0,4}["']?(?:(?:bearer|basic|token|apikey)\s{1,4})([A-Za-z0-9._~+/=-]{12,4096})/dgi,
    check: (value) => !isPlaceholder(value),
  },
  {
    name: 'named_secret',
    class: 'password',
    confidence: 'medium',
    keywords: ['key', 'secret', 'token', 'passw', 'passphrase', 'pwd'],
    pattern: new RegExp(
      `(?:(?<![A-Za-z0-9])(?i:${SECRET_NAME})|(?<=[a-z0-9])${CAMEL_NAME})["']?\\s{0,4}(?::=|=>|[:=])\\s{0,4}(?:"([^"\\s]{8,256})"|'([^'\\s]{8,256})'|([^\\s"'\`,;(){}<>[\\]]{8,256}))`,
      'dg',
    ),
    check: (value) => !isPlaceholder(value) && isSecretValue(value),
  },
  {
    name: 'payment_card',
    class: 'payment_card',
    confidence: 'high',
    keywords: [],
    pattern:
      /(?<![\w.+/=-])((?:[3-6]\d{3}|2[2-7]\d{2})([ -]?)\d{4}\2\d{4}\2\d{4}|3[47]\d{2}([ -]?)\d{6}\3\d{5})(?![\w+/=-]|\.\d)/dg,
    check: (value) => isCardNumber(value),
  },
  {
    name: 'iban',
    class: 'iban',
    confidence: 'high',
    keywords: [],
    pattern: /(?<![A-Za-z0-9])([A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?)(?![A-Za-z0-9])/dg,
    check: (value) => isIban(value),
  },
  {
    name: 'us_social_security',
    class: 'national_id',
    confidence: 'medium',
    keywords: ['ssn', 'social'],
    pattern:
      /(?:\bssn\b|social[ -_]{0,2}security)[^\d\n]{0,40}((?!000|666|9\d\d)\d{3}[- ]?(?!00)\d{2}[- ]?(?!0000)\d{4})(?!\d)/dgi,
  },
  {
    name: 'email_address',
    class: 'email',
    confidence: 'medium',
    keywords: ['@'],
    pattern:
      /(?<![A-Za-z0-9._%+:/-])([A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.){1,4}[A-Za-z]{2,24})(?![A-Za-z0-9_@:/-]|\.[A-Za-z0-9])/dg,
    check: (value) => isPersonalAddress(value),
  },
];

/** A word alone is a name or a sentence; a secret mixes kinds of characters, or is long and random. */
function isSecretValue(value: string): boolean {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length;
  if (/^[\w$]+(?:\.[\w$]+)+$/.test(value) && !/\d/.test(value)) return false;
  if (/^(?:https?|file|s3|gs|arn|vault|op|gh):/i.test(value)) return false;
  if (/^[./~]/.test(value) && /[/\\]/.test(value)) return false;
  return kinds >= 3 || (kinds === 2 && looksRandom(value, 3));
}

/** Addresses of machines and examples belong to nobody. */
function isPersonalAddress(value: string): boolean {
  const [user = '', domain = ''] = value.toLowerCase().split('@');
  if (/^(?:git|noreply|no-reply|postmaster|root|hg|svn)$/.test(user) || user.endsWith('+noreply'))
    return false;
  if (/(?:^|\.)(?:example|test|invalid|localhost|local|internal)(?:$|\.(?:com|org|net|edu)$)/.test(domain))
    return false;
  if (/(?:^|\.)noreply\.github\.com$/.test(domain)) return false;
  // Pictures for several densities, and package versions.
  return !/\.(?:png|jpe?g|gif|svg|webp|js|ts|css|json|md)$/.test(domain) && !/^\d/.test(domain);
}
