import type { Resources } from '@/lib/agent-protocol/resources'

/** One kind of what this host has, as far as it is told to the controller. Every answer comes from memory. */
export interface ListedKind<Resource = unknown> {
  /** As on the wire. */
  readonly name: string
  idOf(resource: Resource): string
  list(): Resource[]
  /** Calls back with what has changed, and the ids of what is gone, until the returned function is called. */
  subscribe(onChange: (changed: readonly Resource[], gone: readonly string[]) => void): () => void
}

/** News of one kind of resource. */
export interface ResourceNews {
  kind: string
  /** By id. */
  changed: ReadonlyMap<string, unknown>
  /** Ids of what is not there any more. */
  gone: readonly string[]
}

/** Everything, by kind. */
export function listResources(kinds: readonly ListedKind[]): Resources {
  return Object.fromEntries(kinds.map((kind) => [kind.name, kind.list()]))
}

/** Everything, as the first news of it. */
export function allNews(kinds: readonly ListedKind[]): ResourceNews[] {
  return kinds.map((kind) => newsOf(kind, kind.list(), []))
}

/** Calls back with the news of each kind. Returns the way to stop listening. */
export function subscribeToAll(kinds: readonly ListedKind[], onNews: (news: ResourceNews[]) => void): () => void {
  const forget = kinds.map((kind) => kind.subscribe((changed, gone) => onNews([newsOf(kind, changed, gone)])))
  return () => {
    for (const each of forget) each()
  }
}

function newsOf(kind: ListedKind, changed: readonly unknown[], gone: readonly string[]): ResourceNews {
  return { kind: kind.name, changed: new Map(changed.map((resource) => [kind.idOf(resource), resource])), gone }
}
