/** A mount name out of any text: what the schema allows, at most 63 characters; empty when nothing is left. */
export function mountNameOf(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '')
}

export function mountPointOf(name: string): string {
  return `/mnt/${name}`
}
