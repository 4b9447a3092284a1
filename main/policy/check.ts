/** `gatehouse policy check FILE`: what is wrong with a policy file, in lines, and the exit code. */
import { type CompileOptions, compilePolicy } from './compile.ts';
import { formatDiagnostic } from './diagnostic.ts';

export interface CheckReport {
  /** One per diagnostic, then a summary. */
  readonly lines: readonly string[];
  readonly exitCode: 0 | 1;
}

/** Compiles the text and puts what was found into lines. Exit code 1 when the file would not be put in force. */
export function checkFile(text: string, file: string, options: CompileOptions = {}): CheckReport {
  const result = compilePolicy(text, file, options);
  if (!result.ok) {
    const count = result.diagnostics.length;
    return {
      lines: [
        ...result.diagnostics.map(formatDiagnostic),
        `${file}: ${count} ${count === 1 ? 'error' : 'errors'}; it is not put in force`,
      ],
      exitCode: 1,
    };
  }
  const notes = result.notes.map(
    (note) => `${formatDiagnostic(note)} (${note.severity === 'warning' ? 'warning' : 'note'})`,
  );
  return { lines: [...notes, `${file}: ok (sha256 ${result.policy.hash})`], exitCode: 0 };
}
