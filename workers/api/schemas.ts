import type { z } from "@hono/zod-openapi";
import type * as api from "../../domain/api/types.ts";
import type * as engine from "./schemas/engine.ts";
import type * as learning from "./schemas/learning.ts";
import type * as live from "./schemas/live.ts";
import type * as risk from "./schemas/risk.ts";
import type * as trading from "./schemas/trading.ts";

export * from "./schemas/base.ts";
export * from "./schemas/engine.ts";
export * from "./schemas/learning.ts";
export * from "./schemas/live.ts";
export * from "./schemas/risk.ts";
export * from "./schemas/trading.ts";

/** Compile-time proof that each schema describes exactly its type in `domain/api/types.ts`. */
type Same<A, B> = [A, B] extends [B, A] ? true : false;
type Proven<Proofs extends readonly true[]> = Proofs;
export type SchemasMatchTypes = Proven<
  [
    Same<z.infer<typeof engine.health>, api.Health>,
    Same<z.infer<typeof engine.status>, api.Status>,
    Same<z.infer<typeof trading.decision>, api.DecisionView>,
    Same<z.infer<typeof trading.position>, api.PositionView>,
    Same<z.infer<typeof trading.trade>, api.TradeView>,
    Same<z.infer<typeof trading.equityPoint>, api.EquityPoint>,
    Same<z.infer<typeof learning.model>, api.ModelView>,
    Same<z.infer<typeof learning.experiment>, api.ExperimentView>,
    Same<z.infer<typeof learning.study>, api.StudyView>,
    Same<z.infer<typeof learning.run>, api.RunView>,
    Same<z.infer<typeof live.incident>, api.IncidentView>,
    Same<z.infer<typeof live.intent>, api.IntentView>,
    Same<z.infer<typeof live.preflight>, api.Preflight>,
    Same<z.infer<typeof live.liveStatus>, api.LiveStatus>,
    Same<z.infer<typeof risk.riskView>, api.RiskView>,
    Same<z.infer<typeof risk.ledgerLock>, api.LedgerLockView>,
    Same<keyof z.infer<typeof trading.decision>, keyof api.DecisionView>,
    Same<keyof z.infer<typeof engine.status>, keyof api.Status>,
    Same<keyof z.infer<typeof live.intent>, keyof api.IntentView>,
    Same<keyof z.infer<typeof trading.position>, keyof api.PositionView>,
    Same<keyof z.infer<typeof risk.riskView>, keyof api.RiskView>,
    Same<keyof z.infer<typeof live.liveStatus>, keyof api.LiveStatus>,
  ]
>;
