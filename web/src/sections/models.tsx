import type { ModelView } from "../../../domain/api/types.ts";
import { Chip, type Tone } from "../components/chip.tsx";
import { listFeedback } from "../components/feedback.tsx";
import { Scroll } from "../components/panel.tsx";
import { Time } from "../components/time.tsx";
import { serverNow } from "../data/clock.ts";
import { useModels } from "../data/queries.ts";
import { spacedName } from "../lib/evidence.ts";
import { formatFixed, formatNumber } from "../lib/format.ts";
import { COLUMN_METRICS, metricOf, otherMetrics } from "../lib/metrics.ts";
import { reasonText } from "../lib/reasons.ts";
import { NAME_MAX, readableText } from "../lib/text.ts";
import { Runs } from "./runs.tsx";

const STATUS_TONE: Readonly<Record<ModelView["status"], Tone>> = {
  champion: "gain",
  challenger: "accent",
  refused: "warn",
  retired: "neutral",
};

/** Trained models with their held-out metrics, and why some were refused; below them the runs that make them. */
export function Models() {
  const query = useModels();
  const models = query.data?.items ?? [];
  const feedback = listFeedback(
    query,
    models.length,
    "No model yet. The first is trained when enough recorded tokens have an outcome; until then scores come from fixed weights.",
  );
  return (
    <Scroll label="Models and learning runs">
      {feedback ?? (
        <table className="data-table">
          <thead>
            <tr>
              <th scope="col">Model</th>
              <th scope="col" className="max-sm:hidden">
                Family
              </th>
              <th scope="col">Status</th>
              {COLUMN_METRICS.map(({ name, title }) => (
                <th key={name} scope="col" title={title} className={`num ${name === "AUC" ? "" : "max-md:hidden"}`}>
                  {name}
                </th>
              ))}
              <th scope="col" className="num max-md:hidden">
                Hold-out rows
              </th>
              <th scope="col" className="num max-lg:hidden">
                Train rows
              </th>
              <th scope="col" className="max-lg:hidden">
                Trained
              </th>
              <th scope="col" className="w-full max-sm:hidden">
                Reason, other metrics
              </th>
            </tr>
          </thead>
          <tbody>
            {models.map((model) => (
              <ModelRow key={`${model.name} ${model.version}`} model={model} />
            ))}
          </tbody>
        </table>
      )}
      <Runs />
    </Scroll>
  );
}

function ModelRow({ model }: { readonly model: ModelView }) {
  const others = otherMetrics(model.metrics);
  return (
    <tr>
      <th scope="row" className="sm:whitespace-nowrap" title={`SHA-256 ${model.sha256}`}>
        <span className="font-medium">{readableText(model.name, NAME_MAX)}</span>{" "}
        <span className="font-mono text-micro text-faint">{readableText(model.version, NAME_MAX)}</span>
        {model.reason !== null && <span className="block text-micro text-soft sm:hidden">{reasonText(model.reason)}</span>}
      </th>
      <td className="whitespace-nowrap text-soft max-sm:hidden">{spacedName(readableText(model.family, NAME_MAX))}</td>
      <td>
        <Chip tone={STATUS_TONE[model.status]}>{model.status}</Chip>
      </td>
      {COLUMN_METRICS.map(({ name }) => (
        <td key={name} className={`num ${name === "AUC" ? "" : "max-md:hidden"}`}>
          {formatFixed(metricOf(model.metrics, name), 3)}
        </td>
      ))}
      <td className="num max-md:hidden">{formatNumber(model.rowsHoldout)}</td>
      <td className="num text-soft max-lg:hidden">{formatNumber(model.rowsTrain)}</td>
      <td className="max-lg:hidden">
        <Time atMs={model.trainedAtMs} nowMs={serverNow()} />
      </td>
      <td className="max-sm:hidden">
        {model.reason !== null && (
          <span className="block" title={model.reason}>
            {reasonText(model.reason)}
          </span>
        )}
        {others.length > 0 && (
          <span className="block text-micro text-faint">
            {others.map(([name, value]) => `${spacedName(readableText(name, NAME_MAX))} ${formatNumber(value)}`).join(" · ")}
          </span>
        )}
      </td>
    </tr>
  );
}
