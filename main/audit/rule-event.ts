/** A remembered answer that is no single call's for its session: made, or over. It holds from this row on. */
export interface RuleChanged {
  readonly type: 'rule.changed';
  readonly v: 1;
  readonly rule: string;
  readonly change: 'made' | 'withdrawn' | 'expired' | 'merged' | 'session_ended';
  /** What it lets through. */
  readonly sentence: string;
  readonly scope: 'session' | 'project' | 'always';
  readonly client: string;
  readonly app: string | null;
  readonly session: string | null;
  /** Microseconds since 1970; null: until it is taken back, or its session ends. */
  readonly endsMicros: number | null;
  /** Over all of the rule: a stored one that does not fit it is none. */
  readonly digest: string;
  readonly callId: string | null;
  /** Where a person did it; null when time did. */
  readonly via: 'page' | 'window' | 'terminal' | 'notification' | 'tray' | 'api' | null;
  readonly why: string;
}
