import { useState } from "react";
import { LIST_CAP } from "../data/lists.ts";
import { type ListRequest, useOlder } from "../data/queries.ts";

/** Rows drawn at first, and more per request: thousands of rows would slow the page for nothing. */
const STEP = 50;

export interface Visible {
  /** How many rows to draw. */
  readonly count: number;
  readonly available: number;
  readonly hasOlder: boolean;
  readonly isLoading: boolean;
  readonly error: Error | null;
  readonly more: () => void;
}

/** Draws a long list in steps and fetches older pages when the loaded ones are drawn. */
export function useVisible<T>(request: ListRequest<T>, idOf: (item: T) => string, available: number, next: string | null): Visible {
  const [count, setCount] = useState(STEP);
  const older = useOlder(request, idOf);
  function more(): void {
    setCount(count + STEP);
    if (count + STEP > available) older.load();
  }
  return { count, available, hasOlder: next !== null, isLoading: older.isLoading, error: older.error, more };
}

/** The end of a long list. */
export function Older({ visible, what }: { readonly visible: Visible; readonly what: string }) {
  if (visible.count >= visible.available && !visible.hasOlder) {
    return visible.available >= LIST_CAP ? (
      <p className="px-3 py-2 text-micro text-faint">
        The newest {LIST_CAP} {what} are shown; older ones are in the API.
      </p>
    ) : null;
  }
  return (
    <p className="px-3 py-2">
      <button
        type="button"
        disabled={visible.isLoading}
        onClick={visible.more}
        className="rounded border border-line px-2 py-0.5 text-micro text-soft hover:border-edge hover:text-ink disabled:cursor-wait"
      >
        {visible.isLoading ? "Loading…" : `Older ${what}`}
      </button>
      {visible.error !== null && <span className="ml-2 text-micro text-warn">{visible.error.message}</span>}
    </p>
  );
}
