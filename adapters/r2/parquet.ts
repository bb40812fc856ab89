import { type AsyncBuffer, parquetMetadataAsync, parquetScan, type SchemaElement } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { ok, type Result, refuse } from "../../domain/result.ts";

/**
 * Rows per file: 25,000 rows of 20 columns stay far inside the 128 MB of an isolate while they are
 * encoded (measured with hyparquet-writer: 100,000 x 20 peaks at 82-95 MB).
 */
export const PARQUET_MAX_ROWS = 25_000;
const MAX_COLUMNS = 256;
/** A file that is larger was not written by us. */
const READ_MAX_BYTES = 64 * 1024 * 1024;

/** `uint64` holds amounts; `int64` signed amounts, times and counts. Both are read back as bigint. */
export type ParquetColumn =
  | { readonly name: string; readonly type: "string"; readonly values: ReadonlyArray<string | null> }
  | { readonly name: string; readonly type: "int64" | "uint64"; readonly values: ReadonlyArray<bigint | number | null> }
  | { readonly name: string; readonly type: "double"; readonly values: ReadonlyArray<number | null> }
  | { readonly name: string; readonly type: "boolean"; readonly values: ReadonlyArray<boolean | null> };

export type ParquetValue = string | number | bigint | boolean | null;

const ELEMENTS = {
  string: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  int64: { type: "INT64" },
  uint64: { type: "INT64", converted_type: "UINT_64" },
  double: { type: "DOUBLE" },
  boolean: { type: "BOOLEAN" },
} as const satisfies Record<ParquetColumn["type"], Omit<SchemaElement, "name">>;

/**
 * Encodes columns of equal length as one Parquet file (SNAPPY, every column optional). The same
 * columns give the same bytes. Throws on more than 25,000 rows and on integers out of range.
 */
export function encodeParquet(columns: readonly ParquetColumn[]): ArrayBuffer {
  const rows = columns[0]?.values.length ?? 0;
  if (columns.length === 0 || columns.length > MAX_COLUMNS)
    throw new RangeError(`expected 1..${MAX_COLUMNS} columns, was ${columns.length}`);
  if (rows > PARQUET_MAX_ROWS) throw new RangeError(`expected at most ${PARQUET_MAX_ROWS} rows, was ${rows}`);
  const schema: SchemaElement[] = [{ name: "root", num_children: columns.length }];
  for (const { name, type } of columns) schema.push({ name, repetition_type: "OPTIONAL", ...ELEMENTS[type] });
  return parquetWriteBuffer({
    schema,
    columnData: columns.map((column) => ({ name: column.name, data: plainValues(column) })),
    createdBy: "sniper",
  });
}

function plainValues(column: ParquetColumn): Array<ParquetValue> {
  if (column.type !== "int64" && column.type !== "uint64") return [...column.values];
  return column.values.map((value) => (value === null ? null : BigInt(value)));
}

/** Encodes and stores one file, replacing an older one of the same key. Returns its size in bytes. */
export async function writeParquet(bucket: R2Bucket, key: string, columns: readonly ParquetColumn[]): Promise<number> {
  const body = encodeParquet(columns);
  await bucket.put(key, body, { httpMetadata: { contentType: "application/vnd.apache.parquet" } });
  return body.byteLength;
}

/**
 * Reads the named columns of one file, fetching only their byte ranges. Refuses with NOT_FOUND, or
 * with UPSTREAM_MALFORMED when the file is no Parquet, too large, lacks a column or was replaced
 * while it was read.
 */
export async function readParquetColumns<Name extends string>(
  bucket: R2Bucket,
  key: string,
  names: readonly Name[],
): Promise<Result<Record<Name, ParquetValue[]>, "NOT_FOUND" | "UPSTREAM_MALFORMED">> {
  const head = await bucket.head(key);
  if (head === null) return refuse("NOT_FOUND", key);
  if (head.size > READ_MAX_BYTES) return refuse("UPSTREAM_MALFORMED", `${key} has ${head.size} bytes`);
  try {
    const file = rangeReader(bucket, key, head);
    const metadata = await parquetMetadataAsync(file);
    if (metadata.num_rows > PARQUET_MAX_ROWS) return refuse("UPSTREAM_MALFORMED", `${key} has ${metadata.num_rows} rows`);
    const present = new Set(metadata.schema.slice(1).map((element) => element.name));
    const missing = names.filter((name) => !present.has(name));
    if (missing.length > 0) return refuse("UPSTREAM_MALFORMED", `${key} lacks ${missing.join(", ")}`);
    const scan = await parquetScan({ file, metadata, columns: [...names] });
    const columns = {} as Record<Name, ParquetValue[]>;
    for (const name of names) {
      const values: ParquetValue[] = [];
      for (const range of scan.ranges) {
        for (const value of (await scan.readColumn({ column: name, ...range })) as Iterable<ParquetValue | undefined>)
          values.push(value ?? null);
      }
      columns[name] = values;
    }
    return ok(columns);
  } catch (error) {
    return refuse("UPSTREAM_MALFORMED", `${key}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function rangeReader(bucket: R2Bucket, key: string, head: R2Object): AsyncBuffer {
  return {
    byteLength: head.size,
    async slice(start, end = head.size) {
      const offset = start < 0 ? head.size + start : start;
      const part = await bucket.get(key, { range: { offset, length: end - offset }, onlyIf: { etagMatches: head.etag } });
      if (part === null || !("body" in part)) throw new Error("replaced while it was read");
      return part.arrayBuffer();
    },
  };
}
