import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { z } from "zod";
import { ok, type Result, refuse } from "../domain/result.ts";
import type { MixName } from "./market/kinds.ts";

export interface CliOptions {
  readonly port: number;
  readonly seed: string;
  readonly mix: MixName;
  readonly speed: number;
  readonly stateDir: string | null;
  readonly webhook: { readonly url: string; readonly authHeader: string } | null;
  readonly webhooksEnabled: boolean;
}

const USAGE =
  "usage: node localnet/main.ts [--port 8899] [--seed 1] [--mix demo|honest] [--speed 1] [--state DIR] [--webhook-url URL] [--webhook-auth TEXT] [--no-webhooks]";

const schema = z.object({
  port: z.coerce.number().int().min(0).max(65_535).default(8899),
  seed: z.string().min(1).max(64).default("1"),
  mix: z.enum(["demo", "honest"]).default("demo"),
  speed: z.coerce.number().min(0.1).max(100).default(1),
  state: z.string().min(1).optional(),
  "webhook-url": z.url({ protocol: /^http$/, hostname: /^(127\.0\.0\.1|localhost)$/ }).optional(),
  "webhook-auth": z.string().max(1_024).optional(),
  "no-webhooks": z.boolean().default(false),
});
const secretsSchema = z.object({ heliusWebhookAuth: z.string() });

/**
 * Reads the command line. The webhook's Authorization header comes from --webhook-auth, or from
 * `heliusWebhookAuth` in the JSON file that SNIPER_SECRETS_FILE names, which keeps it out of the
 * process list. Webhooks go to this machine only. Refuses with one line for a person.
 */
export function readOptions(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Result<CliOptions, "USAGE"> {
  let values: Record<string, unknown>;
  try {
    values = parseArgs({
      args: [...argv],
      options: {
        port: { type: "string" },
        seed: { type: "string" },
        mix: { type: "string" },
        speed: { type: "string" },
        state: { type: "string" },
        "webhook-url": { type: "string" },
        "webhook-auth": { type: "string" },
        "no-webhooks": { type: "boolean" },
      },
    }).values;
  } catch (error) {
    return refuse("USAGE", `${error instanceof Error ? error.message : "bad arguments"}\n${USAGE}`);
  }
  const parsed = schema.safeParse(values);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return refuse("USAGE", `--${issue?.path.join(".") ?? "option"}: ${issue?.message ?? "invalid"}\n${USAGE}`);
  }
  const given = parsed.data;
  const url = given["webhook-url"];
  const authHeader = given["webhook-auth"] ?? secretFrom(env["SNIPER_SECRETS_FILE"]) ?? "";
  return ok({
    port: given.port,
    seed: given.seed,
    mix: given.mix,
    speed: given.speed,
    stateDir: given.state ?? null,
    webhook: url === undefined ? null : { url, authHeader },
    webhooksEnabled: !given["no-webhooks"],
  });
}

function secretFrom(path: string | undefined): string | null {
  if (path === undefined) return null;
  try {
    const parsed = secretsSchema.safeParse(JSON.parse(readFileSync(path, "utf8")));
    return parsed.success ? parsed.data.heliusWebhookAuth : null;
  } catch {
    return null;
  }
}
