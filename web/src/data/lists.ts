import type { EquityPoint, IncidentView, IntentView, Page, PositionView } from "../../../domain/api/types.ts";

/** Most entries of one list that the page keeps; older ones stay on the server. */
export const LIST_CAP = 2_000;
/** Position states that are over. */
const GONE = new Set(["closed", "abandoned"]);

/** Puts one entry into a newest-first list: a known id is replaced in place, a new one goes where its time belongs. */
export function upsertNewest<T>(page: Page<T>, item: T, idOf: (item: T) => string, timeOf: (item: T) => number): Page<T> {
  const known = page.items.findIndex((other) => idOf(other) === idOf(item));
  if (known >= 0) return { ...page, items: page.items.with(known, item) };
  const at = page.items.findIndex((other) => timeOf(other) <= timeOf(item));
  return capped({ ...page, items: page.items.toSpliced(at < 0 ? page.items.length : at, 0, item) });
}

/**
 * Joins a freshly fetched first page with what the cache holds. Entries that arrived while the request
 * ran are kept; older pages stay when they adjoin the fresh one. When nothing overlaps, more came in
 * than one page holds, and the fresh page starts the list anew instead of hiding a gap.
 */
export function mergeNewest<T>(
  previous: Page<T> | undefined,
  fresh: Page<T>,
  idOf: (item: T) => string,
  timeOf: (item: T) => number,
): Page<T> {
  if (previous === undefined || fresh.items.length === 0) return fresh;
  const freshIds = new Set(fresh.items.map(idOf));
  if (!previous.items.some((item) => freshIds.has(idOf(item)))) return fresh;
  const newest = Math.max(...fresh.items.map(timeOf));
  const oldest = Math.min(...fresh.items.map(timeOf));
  const others = previous.items.filter((item) => !freshIds.has(idOf(item)));
  const arrived = others.filter((item) => timeOf(item) >= newest);
  const older = others.filter((item) => timeOf(item) <= oldest);
  return capped({ items: [...arrived, ...fresh.items, ...older], next: older.length > 0 ? previous.next : fresh.next });
}

/** Appends an older page, fetched with the list's cursor. */
export function appendOlder<T>(page: Page<T>, older: Page<T>, idOf: (item: T) => string): Page<T> {
  const known = new Set(page.items.map(idOf));
  return capped({ items: [...page.items, ...older.items.filter((item) => !known.has(idOf(item)))], next: older.next });
}

/** Open positions after one change: newer states replace older ones, finished positions leave. */
export function applyPosition(page: Page<PositionView>, position: PositionView): Page<PositionView> {
  const known = page.items.find((other) => other.positionId === position.positionId);
  if (known !== undefined && known.updatedAtMs > position.updatedAtMs) return page;
  const rest = page.items.filter((other) => other.positionId !== position.positionId);
  if (GONE.has(position.status)) return { ...page, items: rest };
  return known === undefined
    ? { ...page, items: [position, ...rest] }
    : { ...page, items: page.items.map((other) => (other === known ? position : other)) };
}

/** Fetched positions, without the finished ones, each at least as new as the cached state. */
export function mergePositions(previous: Page<PositionView> | undefined, fresh: Page<PositionView>): Page<PositionView> {
  const cached = new Map(previous?.items.map((item) => [item.positionId, item]));
  const items = fresh.items
    .filter((item) => !GONE.has(item.status))
    .map((item) => {
      const other = cached.get(item.positionId);
      return other !== undefined && other.updatedAtMs > item.updatedAtMs ? other : item;
    });
  return { items, next: fresh.next };
}

/** Live orders after one change, the one that changed last first; an older state never replaces a newer one. */
export function applyIntent(page: Page<IntentView>, intent: IntentView): Page<IntentView> {
  const known = page.items.find((other) => other.intentId === intent.intentId);
  if (known !== undefined && known.updatedAtMs > intent.updatedAtMs) return page;
  const rest = page.items.filter((other) => other !== known);
  const at = rest.findIndex((other) => other.updatedAtMs <= intent.updatedAtMs);
  return capped({ ...page, items: rest.toSpliced(at < 0 ? rest.length : at, 0, intent) });
}

/** Open incidents after one change: a cleared one leaves, an older state never replaces a newer one. */
export function applyIncident(incidents: readonly IncidentView[], incident: IncidentView): readonly IncidentView[] {
  const known = incidents.find((other) => other.incidentId === incident.incidentId);
  if (known !== undefined && known.updatedAtMs > incident.updatedAtMs) return incidents;
  const rest = incidents.filter((other) => other !== known);
  return incident.status === "cleared" ? rest : [incident, ...rest];
}

/** Identity of an equity point. */
export function equityId(point: EquityPoint): string {
  return `${point.ledger}@${point.atMs}`;
}

function capped<T>(page: Page<T>): Page<T> {
  return page.items.length <= LIST_CAP ? page : { items: page.items.slice(0, LIST_CAP), next: null };
}
