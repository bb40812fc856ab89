import type { UseQueryResult } from "@tanstack/react-query";
import { Component, type ReactNode } from "react";

/** What a list says while it has nothing to show. */
export function Empty({ children }: { readonly children: ReactNode }) {
  return <p className="max-w-[60ch] px-3 pt-1.5 pb-4 text-small text-soft">{children}</p>;
}

/** Loading, failed or empty: one line in place of a list's content, or null when there is content. */
export function listFeedback(query: UseQueryResult<unknown, Error>, count: number, empty: ReactNode): ReactNode {
  if (count > 0) return null;
  if (query.isPending) return <Empty>Loading…</Empty>;
  if (query.isError) {
    return (
      <p role="alert" className="px-3 pt-1.5 pb-4 text-small text-warn">
        {query.error.message} Trying again every few seconds.
      </p>
    );
  }
  return <Empty>{empty}</Empty>;
}

interface BoundaryState {
  readonly error: Error | null;
}

/** Keeps one section's failure from taking the screen down. */
export class SectionBoundary extends Component<{ readonly name: string; readonly children: ReactNode }, BoundaryState> {
  override state: BoundaryState = { error: null };

  static getDerivedStateFromError(error: Error): BoundaryState {
    return { error };
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return (
      <div role="alert" className="rounded-md border border-loss/40 bg-panel px-3 py-3 text-small">
        <p className="text-loss">{this.props.name} cannot be shown: the server sent something that this page does not understand.</p>
        <button type="button" className="mt-2 rounded border border-edge px-2 py-0.5" onClick={() => this.setState({ error: null })}>
          Try again
        </button>
      </div>
    );
  }
}
