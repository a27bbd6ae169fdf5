import type { ListVersions, Resources } from '@/lib/agent-protocol/resources'

/** One kind of what this host has, as far as it is told to the controller. Every answer comes from memory. */
export interface ListedKind<Resource = unknown> {
  /** As on the wire. */
  readonly name: string
  idOf(resource: Resource): string
  list(): Resource[]
  /**
   * Another one after each change of the list, and never one that was there before. What was listed is told by then to those that
   * subscribe. Absent: whoever asks gets the whole list.
   */
  version?(): string
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
  /** Of the list with these news. */
  version: string | null
}

/** Everything, by kind, but for lists of which the asker knows this version. */
export function listResources(kinds: readonly ListedKind[], known: ListVersions = {}): Resources {
  const news = kinds.filter((kind) => !isKnown(kind, known))
  return Object.fromEntries(news.map((kind) => [kind.name, kind.list()]))
}

/** Of all lists that have one, as `listResources` gives them in the same moment. */
export function versionsOf(kinds: readonly ListedKind[]): ListVersions {
  return Object.fromEntries(kinds.flatMap((kind) => (kind.version === undefined ? [] : [[kind.name, kind.version()]])))
}

/** Everything, as the first news of it, but for lists of which the listener knows this version. */
export function allNews(kinds: readonly ListedKind[], known: ListVersions): ResourceNews[] {
  return kinds.filter((kind) => !isKnown(kind, known)).map((kind) => newsOf(kind, kind.list(), []))
}

function isKnown(kind: ListedKind, known: ListVersions): boolean {
  return kind.version !== undefined && known[kind.name] === kind.version()
}

/** Calls back with the news of each kind. Returns the way to stop listening. */
export function subscribeToAll(kinds: readonly ListedKind[], onNews: (news: ResourceNews[]) => void): () => void {
  const forget = kinds.map((kind) => kind.subscribe((changed, gone) => onNews([newsOf(kind, changed, gone)])))
  return () => {
    for (const each of forget) each()
  }
}

function newsOf(kind: ListedKind, changed: readonly unknown[], gone: readonly string[]): ResourceNews {
  const byId = new Map(changed.map((resource) => [kind.idOf(resource), resource]))
  return { kind: kind.name, changed: byId, gone, version: kind.version?.() ?? null }
}
