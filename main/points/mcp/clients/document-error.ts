import { GatehouseError } from '../../../platform/errors.ts';

/** Text that is not what the client's file must be. `line` and `column` count from 1. */
export class DocumentError extends GatehouseError {
  readonly line: number;
  readonly column: number;
  readonly problem: string;

  constructor(line: number, column: number, problem: string) {
    super('bad_client_file', `${line}:${column}: ${problem}`);
    this.line = line;
    this.column = column;
    this.problem = problem;
  }
}
