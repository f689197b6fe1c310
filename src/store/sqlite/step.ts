export type Value = string | number | null

/** A statement, and what it binds by position. */
export type Step = readonly [sql: string, ...values: readonly Value[]]
