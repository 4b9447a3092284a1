import type { ApprovalRow, ApprovalStore } from '../../main/engine/approvals/desk.ts';

/** An approval store in memory that can be made to fail. */
export class MemoryApprovalStore implements ApprovalStore {
  readonly rows = new Map<string, ApprovalRow & { state: string }>();
  failInsert = false;
  failResolve = false;

  insertPending(row: ApprovalRow): void {
    if (this.failInsert) throw new Error('disk is full');
    this.rows.set(row.id, { ...row, state: 'pending' });
  }

  resolve(id: string, state: string): boolean {
    if (this.failResolve) throw new Error('disk is full');
    const row = this.rows.get(id);
    if (row === undefined || row.state !== 'pending') return false;
    this.rows.set(id, { ...row, state });
    return true;
  }

  listPending(): readonly ApprovalRow[] {
    return [...this.rows.values()].filter((row) => row.state === 'pending');
  }
}
