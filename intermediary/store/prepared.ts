/**
 * Queries that every directive needs, built and compiled once for each database: Kysely would build them anew each time
 * they run, which costs several times what the database does with them.
 */
import type { Compilable, CompiledQuery, Kysely, QueryResult } from 'kysely';
import type { Tables } from './schema.ts';

/** Stands in a compiled query for a value that comes when it runs. */
class Place {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** Within `build`, `given.x` stands for the value that is given as `x` when the query runs. */
export function prepared<Given extends object, Row>(build: (database: Kysely<Tables>, given: Given) => Compilable<Row>): (database: Kysely<Tables>, given: Given) => Promise<QueryResult<Row>> {
  const compiled = new WeakMap<object, CompiledQuery<Row>>();
  const places = new Proxy({}, { get: (_, name) => new Place(String(name)) }) as Given;
  return (database, given) => {
    // the same for a database and all its transactions
    const { adapter } = database.getExecutor();
    const query = compiled.get(adapter) ?? build(database, places).compile();
    compiled.set(adapter, query);
    return database.executeQuery({ ...query, parameters: query.parameters.map((value) => (value instanceof Place ? given[value.name as keyof Given] : value)) });
  };
}
