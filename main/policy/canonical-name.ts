/**
 * Names of modules and actions in their one canonical form, before anything compares them.
 *
 * Lower case, no blanks around, `module.action` split at the first dot. `mcp__server__tool`, the form in which
 * agents name MCP tools, is `mcp_server.tool`; a lone `__` separates like a dot.
 */
export interface CanonicalName {
  readonly module: string;
  /** Empty when the name has none. */
  readonly action: string;
}

/** One part of a name: trimmed and in lower case. */
export function canonicalPart(text: string): string {
  return text.trim().toLowerCase();
}

/** Splits and canonicalises a whole name: `Filesystem.Read`, `filesystem__read`, `mcp__github__create_issue`. */
export function canonicalName(raw: string): CanonicalName {
  const name = canonicalPart(raw);
  if (name.startsWith('mcp__')) {
    const { head, tail } = splitAtSeparator(name.slice('mcp__'.length));
    return { module: `mcp_${head}`, action: tail };
  }
  const dot = name.indexOf('.');
  if (dot >= 0)
    return { module: canonicalPart(name.slice(0, dot)), action: canonicalPart(name.slice(dot + 1)) };
  const { head, tail } = splitAtSeparator(name);
  return { module: head, action: tail };
}

/** The canonical form of a module and an action that arrive apart, whatever was left in either of them. */
export function canonicalCall(module: string, action: string): CanonicalName {
  const head = canonicalPart(module);
  const tail = canonicalPart(action);
  if (!head.includes('.') && !head.includes('__')) return { module: head, action: tail };
  return canonicalName(tail === '' ? head : `${head}.${tail}`);
}

/**
 * The family a module belongs to, by whose name a rule covers it too: `mcp` covers every `mcp_<server>`,
 * `pieces` every `ap_<connector>`. Null for any other module.
 */
export function familyOf(module: string): 'mcp' | 'pieces' | null {
  // Asked several times for every decision: one comparison settles it for nearly every module.
  if (module.charCodeAt(3) !== 0x5f && module.charCodeAt(2) !== 0x5f) return null;
  if (module.startsWith('mcp_')) return 'mcp';
  return module.startsWith('ap_') ? 'pieces' : null;
}

function splitAtSeparator(name: string): { head: string; tail: string } {
  const dot = name.indexOf('.');
  const underscores = name.indexOf('__');
  if (dot >= 0 && (underscores < 0 || dot < underscores))
    return { head: name.slice(0, dot).trim(), tail: name.slice(dot + 1).trim() };
  if (underscores < 0) return { head: name, tail: '' };
  return { head: name.slice(0, underscores).trim(), tail: name.slice(underscores + 2).trim() };
}
