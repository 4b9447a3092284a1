import { Component, type ReactNode } from 'react';

/** A defect of the page is said, never a blank page. What waits goes on waiting in the supervisor. */
export class FaultBoundary extends Component<
  { readonly children: ReactNode },
  { readonly fault: string | null }
> {
  override state: { readonly fault: string | null } = { fault: null };

  static getDerivedStateFromError(error: unknown): { fault: string } {
    return { fault: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    if (this.state.fault === null) return this.props.children;
    return (
      <main className="alone" role="alert">
        <h1>This page failed</h1>
        <p>Nothing was decided. Requests go on waiting. Reload the page to see them.</p>
        <pre>{this.state.fault}</pre>
      </main>
    );
  }
}
