import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "sqlite",
  schema: ["./adapters/d1/schema/trading.ts", "./adapters/d1/schema/learning.ts"],
  out: "./migrations",
});
