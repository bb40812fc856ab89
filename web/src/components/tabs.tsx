import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";

export interface Tab {
  readonly id: string;
  readonly title: string;
  readonly count?: number | undefined;
  readonly render: () => ReactNode;
}

/** Tabs after the ARIA pattern; the open one is in the address, so that it can be linked and survives a reload. */
export function Tabs({
  label,
  tabs,
  className = "",
}: {
  readonly label: string;
  readonly tabs: readonly Tab[];
  readonly className?: string;
}) {
  const [openId, setOpenId] = useState(() => window.location.hash.slice(1));
  const list = useRef<HTMLDivElement>(null);
  const open = tabs.find((tab) => tab.id === openId) ?? tabs[0];

  useEffect(() => {
    const follow = (): void => {
      setOpenId(window.location.hash.slice(1));
      // A link from the top of a narrow page leads to what it opens.
      list.current?.scrollIntoView({ block: "start" });
    };
    window.addEventListener("hashchange", follow);
    return () => window.removeEventListener("hashchange", follow);
  }, []);

  function show(tab: Tab): void {
    setOpenId(tab.id);
    window.history.replaceState(null, "", `#${tab.id}`);
  }

  function onKeyDown(event: KeyboardEvent): void {
    const at = open === undefined ? 0 : tabs.indexOf(open);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    const next = to === undefined ? undefined : tabs.at(to % tabs.length);
    if (next === undefined) return;
    event.preventDefault();
    show(next);
    list.current?.querySelector<HTMLElement>(`#tab-${next.id}`)?.focus();
  }

  if (open === undefined) return null;
  return (
    // Named after its open tab, so that a link to it leads here also when the address holds it already.
    <div id={open.id} className={`flex min-h-0 min-w-0 flex-col rounded-md border border-line bg-panel ${className}`}>
      <div
        ref={list}
        role="tablist"
        aria-label={label}
        onKeyDown={onKeyDown}
        className="flex shrink-0 gap-1 overflow-x-auto border-b border-line px-1.5 [scrollbar-width:none]"
      >
        {tabs.map((tab) => (
          <button
            key={tab.id}
            id={`tab-${tab.id}`}
            type="button"
            role="tab"
            aria-selected={tab === open}
            aria-controls="tab-content"
            tabIndex={tab === open ? 0 : -1}
            onClick={() => show(tab)}
            className="-mb-px h-9 whitespace-nowrap border-b-2 border-transparent px-2 font-medium text-faint hover:text-ink aria-selected:border-ink aria-selected:text-ink"
          >
            {tab.title} {tab.count !== undefined && tab.count > 0 && <span className="ml-0.5 font-normal text-faint">{tab.count}</span>}
          </button>
        ))}
      </div>
      <div id="tab-content" role="tabpanel" aria-labelledby={`tab-${open.id}`} className="flex min-h-0 flex-1 flex-col">
        {open.render()}
      </div>
    </div>
  );
}
