/**
 * How D1 and R2 fail, for tests: `before`: the n-th call, before anything was done; `after`: the n-th write, though it
 * was done; `away`: it and every later one; `full`: it and every later one that writes.
 */
export type CloudFault = "before" | "after" | "away" | "full";

type Binding = "DB" | "BUCKET";

/** What a deployment does not offer while it is short of a database, a bucket or their answers. */
const MESSAGES: Readonly<Record<CloudFault, Readonly<Record<Binding, string>>>> = {
  before: { DB: "D1_ERROR: Network connection lost.", BUCKET: "put: We encountered an internal error. Please try again. (10001)" },
  after: { DB: "D1_ERROR: storage caused object to be reset.", BUCKET: "Network connection lost." },
  away: { DB: "D1_ERROR: Network connection lost.", BUCKET: "Network connection lost." },
  full: { DB: "D1_ERROR: database or disk is full: SQLITE_FULL", BUCKET: "put: storage limit exceeded" },
};

/** The bindings of a deployment whose D1 and R2 fail at the n-th call of theirs. */
export class CloudFaults<Bindings extends { readonly DB?: D1Database; readonly BUCKET: R2Bucket }> {
  readonly env: Bindings;
  /** The call that failed first. */
  failed: string | null = null;
  readonly #fault: CloudFault;
  #left: number;

  /** @param n counted over the bindings named in `only` */
  constructor(env: Bindings, fault: CloudFault, n: number, only: readonly Binding[] = ["DB", "BUCKET"]) {
    this.#fault = fault;
    this.#left = n;
    const failing: { DB?: D1Database; BUCKET?: R2Bucket } = {};
    if (env.DB !== undefined && only.includes("DB")) failing.DB = this.#database(env.DB);
    if (only.includes("BUCKET")) failing.BUCKET = this.#bucket(env.BUCKET);
    this.env = { ...env, ...failing };
  }

  get hasFailed(): boolean {
    return this.failed !== null;
  }

  async #call<T>(binding: Binding, label: string, isWrite: boolean, run: () => Promise<T>): Promise<T> {
    // A read whose answer is lost is a read that failed.
    const isCounted = isWrite || this.#fault === "before" || this.#fault === "away";
    const isDue = isCounted && --this.#left <= 0 && (this.failed === null || this.#fault === "away" || this.#fault === "full");
    if (!isDue) return run();
    this.failed ??= label;
    if (this.#fault === "after") await run();
    throw new Error(MESSAGES[this.#fault][binding]);
  }

  #database(db: D1Database): D1Database {
    const originals = new WeakMap<object, D1PreparedStatement>();
    const wrapped = (sql: string, statement: D1PreparedStatement): D1PreparedStatement => {
      const isWrite = !/^\s*SELECT/i.test(sql);
      const call = <T>(run: () => Promise<T>) => this.#call("DB", sql.slice(0, 60), isWrite, run);
      const own = {
        bind: (...values: unknown[]) => wrapped(sql, statement.bind(...values)),
        first: (column?: string) => call<unknown>(() => (column === undefined ? statement.first() : statement.first(column))),
        all: () => call<unknown>(() => statement.all()),
        run: () => call<unknown>(() => statement.run()),
        raw: () => call<unknown>(() => statement.raw()),
      };
      originals.set(own, statement);
      return own as unknown as D1PreparedStatement;
    };
    return {
      prepare: (sql: string) => wrapped(sql, db.prepare(sql)),
      batch: (statements: D1PreparedStatement[]) =>
        this.#call("DB", `batch of ${statements.length}`, true, () => db.batch(statements.map((one) => originals.get(one) ?? one))),
    } as unknown as D1Database;
  }

  #bucket(bucket: R2Bucket): R2Bucket {
    return new Proxy(bucket, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name, target);
        if (typeof method !== "function") return method;
        return (...args: unknown[]) => {
          const isWrite = name === "put" || name === "delete";
          const run = async (): Promise<unknown> => Reflect.apply(method, target, args);
          return this.#call("BUCKET", `${String(name)} ${typeof args[0] === "string" ? args[0] : ""}`, isWrite, run);
        };
      },
    });
  }
}
