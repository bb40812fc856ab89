import { type ReactNode, useId } from "react";

interface PanelProps {
  readonly title: string;
  readonly count?: string | undefined;
  readonly aside?: ReactNode;
  readonly className?: string;
  readonly children: ReactNode;
}

/** A titled region of the screen. */
export function Panel({ title, count, aside, className = "", children }: PanelProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={`flex min-h-0 min-w-0 flex-col rounded-md border border-line bg-panel ${className}`}>
      <header className="flex min-h-9 flex-wrap items-center justify-between gap-x-4 gap-y-1 px-3 py-1">
        <h2 id={id} className="text-base font-semibold">
          {title} {count !== undefined && <span className="ml-1 font-normal text-faint">{count}</span>}
        </h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

interface ScrollProps {
  readonly label: string;
  readonly className?: string;
  readonly children: ReactNode;
}

/** A region that scrolls by itself, also with the keyboard. */
export function Scroll({ label, className = "", children }: ScrollProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard (WCAG 2.1.1)
    <section aria-label={label} tabIndex={0} className={`min-h-0 flex-1 overflow-auto ${className}`}>
      {children}
    </section>
  );
}
