import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { fakeApi } from "./dev/fake-api.ts";

/** Port of a running `npm start`; without it `vite dev` answers from the seeded fake. */
const API_ORIGIN = process.env["SNIPER_API"];

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  plugins: [react(), tailwindcss(), ...(API_ORIGIN === undefined ? [fakeApi(process.env["SNIPER_FAKE"] ?? "demo")] : [])],
  server: API_ORIGIN === undefined ? {} : { proxy: { "/api": { target: API_ORIGIN, ws: true, changeOrigin: true } } },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2023",
    // The CSP allows no inline script and no data: URL.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
});
