/**
 * What this Worker's bundle has of zod: `wrangler.toml` puts this module in zod's place. The OpenAPI package takes all of
 * `z` as one value, so that a bundler must keep whatever `z` has: with the package's own some 60 kB of messages in fifty
 * languages, a compiler and a reader of JSON Schema, gzipped.
 */
import * as z from "./zod-parts.ts";

export { z };
