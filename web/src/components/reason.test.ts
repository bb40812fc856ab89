import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { REASONS } from "../../../domain/reasons.ts";
import { Reason } from "./reason.tsx";

function plain(markup: string): string {
  return markup
    .replace(/<[^>]*>/g, "")
    .replaceAll("&#x27;", "'")
    .replaceAll("&quot;", '"')
    .replaceAll("&gt;", ">")
    .replaceAll("&lt;", "<")
    .replaceAll("&amp;", "&");
}

test.each(Object.entries(REASONS))("%s shows its text and its code", (code, text) => {
  expect(plain(renderToStaticMarkup(createElement(Reason, { code })))).toBe(`${text} ${code}`);
});

test("an unknown code stands alone; a stranger's detail is text", () => {
  expect(plain(renderToStaticMarkup(createElement(Reason, { code: "OF_TOMORROW" })))).toBe("OF_TOMORROW ");
  const markup = renderToStaticMarkup(createElement(Reason, { code: "TX_FAILED", detail: "<b>\u202Ex</b>" }));
  expect(markup).not.toContain("<b>");
  expect(plain(markup)).toContain("<b>x</b>");
});
