import type { Queries, Query } from "./connection.ts";

/** Makes statements that are prepared when they are first asked: for who uses few of many. */
export class LateQueries implements Queries {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  query<P extends unknown[], R>(sql: string): Query<P, R> {
    return new LateQuery<P, R>(() => this.#queries.query<P, R>(sql));
  }
}

class LateQuery<P extends unknown[], R> implements Query<P, R> {
  readonly #prepare: () => Query<P, R>;
  #query: Query<P, R> | undefined;

  constructor(prepare: () => Query<P, R>) {
    this.#prepare = prepare;
  }

  get(...params: P): R | undefined {
    return (this.#query ??= this.#prepare()).get(...params);
  }

  all(...params: P): R[] {
    return (this.#query ??= this.#prepare()).all(...params);
  }

  pluck(): Query<P, R> {
    return new LateQuery(() => this.#prepare().pluck());
  }

  raw(): Query<P, R> {
    return new LateQuery(() => this.#prepare().raw());
  }
}
