import { reveal, type Secret } from '@/lib/secret'

/** Values shorter than this would blot out ordinary text; no storage accepts such a key anyway. */
const SHORTEST = 4

function spellings(value: string): string[] {
  const bytes = Buffer.from(value, 'utf8')
  const json = JSON.stringify(value).slice(1, -1)
  return [
    value,
    json,
    encodeURIComponent(value),
    new URLSearchParams({ v: value }).toString().slice(2),
    bytes.toString('base64'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ]
}

/** Takes known secret values, in the spellings that tools print them in, out of text that leaves the host. */
export class Redactor {
  readonly #needles = new Set<string>()

  add(secret: Secret): void {
    const value = reveal(secret)
    if (value.length < SHORTEST) return
    for (const spelling of spellings(value)) this.#needles.add(spelling)
    for (const line of value.split(/\r?\n/)) {
      if (line.trim().length >= 8) this.#needles.add(line)
    }
  }

  redact(text: string): string {
    let result = text
    for (const needle of [...this.#needles].sort((a, b) => b.length - a.length)) {
      if (result.includes(needle)) result = result.replaceAll(needle, '***')
    }
    return result
  }
}
