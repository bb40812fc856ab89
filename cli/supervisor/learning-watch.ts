import type { ModelView, Page, RunView, StudyView } from "../../domain/api/types.ts";
import type { ProgressEvent } from "./events.ts";

const INTERVAL_MS = 5_000;

/**
 * Tells of models and searches as they are decided, and of runs that gave neither. The Learning Worker writes them to D1 only, so they are
 * polled; what the first answer holds is old news and is not told.
 */
export function watchLearning(baseUrl: string, tell: (event: ProgressEvent) => void): { stop(): void } {
  const reader = createLearningReader();
  let stopped = false;
  let timer: NodeJS.Timeout | null = null;

  async function look(): Promise<void> {
    try {
      // First, so that the models and searches of a run that has ended are in the answers after it.
      const runs = await page<RunView>(`${baseUrl}/api/v1/runs?limit=20`);
      const [models, studies] = await Promise.all([
        page<ModelView>(`${baseUrl}/api/v1/models?limit=50`),
        page<StudyView>(`${baseUrl}/api/v1/studies?limit=20`),
      ]);
      if (!stopped) for (const event of reader(models, studies, runs)) tell(event);
    } catch {
      // The next look tells it; the dashboard shows that the API does not answer.
    }
    if (!stopped) timer = setTimeout(look, INTERVAL_MS);
  }

  void look();
  return {
    stop() {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}

/**
 * Compares answers with the one before: a model is told once per status, a search when it ends, a run when
 * it fails or ends in training without a model. Oldest first.
 */
export function createLearningReader(): (
  models: readonly ModelView[],
  studies: readonly StudyView[],
  runs: readonly RunView[],
) => ProgressEvent[] {
  let told: Set<string> | null = null;
  return (models, studies, runs) => {
    const known = told;
    const ended = studies.filter(({ endedAtMs }) => endedAtMs !== null);
    // A model carries the start of the run that made it.
    const speaksForItself = ({ kind, status, startedAtMs }: RunView): boolean =>
      status === "done" && (kind === "optimize" || models.some(({ trainedAtMs }) => trainedAtMs === startedAtMs));
    const news: Array<{ key: string; event: ProgressEvent | null }> = [
      ...models.map((model) => ({ key: `model:${model.name}:${model.version}:${model.status}`, event: { kind: "model", model } as const })),
      ...ended.map((study) => ({ key: `search:${study.id}`, event: { kind: "search", study } as const })),
      ...runs
        .filter(({ endedAtMs }) => endedAtMs !== null)
        .map((run) => ({ key: `run:${run.id}`, event: speaksForItself(run) ? null : ({ kind: "run", run } as const) })),
    ];
    told = new Set(news.map(({ key }) => key));
    if (known === null) return [];
    return news
      .filter(({ key }) => !known.has(key))
      .flatMap(({ event }) => event ?? [])
      .reverse();
  };
}

async function page<T>(url: string): Promise<readonly T[]> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return ((await response.json()) as Page<T>).items;
}
