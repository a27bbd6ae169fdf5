/** What is kept of a form while it is filled in. */
export interface Draft {
  name: string
  config: Record<string, string | boolean>
}

/** As text, never with a field of `without`: those are secrets. */
export function draftText({ name, config }: Draft, without: readonly string[]): string {
  const kept = Object.entries(config).filter(([field]) => !without.includes(field))
  return JSON.stringify({ name, config: Object.fromEntries(kept) })
}

/** The values that a kept text brings back over those of a fresh form; null when it brings nothing. */
export function restoredFrom(text: string | null, fresh: Draft, without: readonly string[]): Draft | null {
  if (!text) return null
  const kept = JSON.parse(text) as Draft
  const restored = { name: kept.name, config: { ...fresh.config, ...kept.config } }
  return draftText(restored, without) === draftText(fresh, without) ? null : restored
}
