import { type ReactNode, useEffect, useState } from "react";

export type PageId = "trading" | "performance";

/** The page in the address; every other fragment belongs to the trading page. */
export function usePage(): PageId {
  const [page, setPage] = useState(pageInAddress);
  useEffect(() => {
    const follow = (): void => setPage(pageInAddress());
    window.addEventListener("hashchange", follow);
    return () => window.removeEventListener("hashchange", follow);
  }, []);
  return page;
}

/** A link to another page. */
export function PageLink({ page, children }: { readonly page: PageId; readonly children: ReactNode }) {
  return (
    <a href={`#${page}`} className="whitespace-nowrap text-micro font-medium text-accent hover:underline">
      {children}
    </a>
  );
}

function pageInAddress(): PageId {
  return window.location.hash === "#performance" ? "performance" : "trading";
}
