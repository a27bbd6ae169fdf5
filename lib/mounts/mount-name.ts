import { freeName } from '@/lib/free-name'

const MOST = 63

/** A mount name out of any text: what the schema allows, at most 63 characters; empty when nothing is left. */
export function mountNameOf(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MOST)
    .replace(/^-+|-+$/g, '')
}

/** The same or, where that is taken, the next that is free. */
export function freeMountName(wanted: string, taken: ReadonlySet<string>): string {
  return freeName(wanted, taken, { between: '-', most: MOST })
}

export function mountPointOf(name: string): string {
  return `/mnt/${name}`
}
