import { HoldfastError } from '@/lib/errors'

/** The version of an object as an ETag: its generation, which every change by a person raises. */
export function etagOf(generation: number): string {
  return `"${generation}"`
}

/** The generation that `If-Match` asks for; undefined without the header or with `*`. Throws `precondition_failed` for a foreign tag. */
export function expectedGeneration(header: string | null): number | undefined {
  if (header === null || header.trim() === '*') return undefined
  const found = /^\s*"(\d{1,15})"\s*$/.exec(header)?.[1]
  if (found === undefined) {
    throw new HoldfastError('precondition_failed', 'If-Match is not the ETag of this object.')
  }
  return Number(found)
}
