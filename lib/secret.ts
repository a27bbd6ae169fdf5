/** Next loads modules more than once in one process; a secret made by one copy is opened by another. */
const REVEAL = Symbol.for('holdfast.reveal-secret')

/**
 * A secret value that prints as `***` everywhere (string, JSON, inspect). It is opened with `reveal(secret)` only where the
 * value is handed to a tool by file or file descriptor, or to a TLS connection.
 */
export class Secret {
  readonly #value: string
  constructor(value: string) {
    this.#value = value
  }
  [REVEAL](): string {
    return this.#value
  }
  toString(): string {
    return '***'
  }
  toJSON(): string {
    return '***'
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '***'
  }
}

export function reveal(secret: Secret): string {
  return secret[REVEAL]()
}
