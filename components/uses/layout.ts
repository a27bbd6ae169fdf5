import { TONE_ORDER } from '@/lib/tones'
import { ASKED_KINDS, type AskedKind } from '@/lib/uses/kinds'
import type { UsesNode, UsesView } from '@/lib/uses/schema'

/** Of a column with more, those that are alike become one box. */
const SHOWN_SINGLY = 8
/** So many are alike enough to be one box. */
const GROUP_FROM = 3
/** Boxes of a column after that; of more, all in the same state become one box. */
const MOST_BOXES = 40
/** A box that is opened shows so many, and the rest as a box again. */
const OPENED = 100

export const ROW = 56
export const BOX_HEIGHT = 46
const GAP = 56

type Trouble = 'critical' | 'warning' | null

/** One thing, or several that are alike. */
export interface Box {
  /** The id of the one thing, or of the group. */
  key: string
  kind: AskedKind
  nodes: readonly UsesNode[]
  x: number
  y: number
}

/** From what is used to what uses it. */
export interface Line {
  used: string
  user: string
  /** What comes over it from the storage is in trouble. */
  trouble: Trouble
}

export interface Column {
  kind: AskedKind
  x: number
  boxes: readonly Box[]
}

export interface Picture {
  columns: readonly Column[]
  lines: readonly Line[]
  boxWidth: number
  width: number
  height: number
}

/**
 * Columns by kind from the storage to what runs, each in the order of what it lies on, then the worst, then by name: the same view gives
 * the same picture. `opened`: keys of groups that are shown one by one.
 */
export function layOut(view: UsesView, opened: ReadonlySet<string>): Picture {
  const nodes = [view.of, ...view.needs, ...view.needed_by]
  const used = directlyUsed(view)
  const ofKind = Map.groupBy(nodes, ({ kind }) => kind)
  const kinds = ASKED_KINDS.filter((kind) => ofKind.has(kind))
  const boxWidth = kinds.length <= 3 ? 248 : kinds.length === 4 ? 216 : 180
  const boxOf = new Map<string, Box>()
  const columns: Column[] = []
  for (const [index, kind] of kinds.entries()) {
    const x = index * (boxWidth + GAP)
    const groups = groupsOf(ofKind.get(kind) ?? [], { used, boxOf, opened, pinned: view.of.id })
    columns.push({ kind, x, boxes: placed(groups, x, used, boxOf) })
  }
  const lowest = Math.max(...columns.map(({ boxes }) => boxes.at(-1)?.y ?? 0))
  const width = kinds.length * boxWidth + (kinds.length - 1) * GAP
  return { columns, lines: linesOf(nodes, used, boxOf), boxWidth, width, height: lowest + BOX_HEIGHT }
}

/** The whole chain of a box: what it lies on and what lies on it, over all steps. */
export function chainOf(key: string, lines: readonly Line[]): ReadonlySet<string> {
  const walk = (next: (from: string) => string[]) => {
    const found = new Set([key])
    for (const from of found) for (const to of next(from)) found.add(to)
    return found
  }
  const down = walk((from) => lines.flatMap(({ user, used }) => (user === from ? [used] : [])))
  const up = walk((from) => lines.flatMap(({ user, used }) => (used === from ? [user] : [])))
  return new Set([...down, ...up])
}

type Used = ReadonlyMap<string, readonly string[]>

/** By user. What something uses through something else is left out: a pool on a mount hangs on the mount, and that on the backend. */
function directlyUsed({ edges }: UsesView): Used {
  const all = new Map<string, Set<string>>()
  for (const { user, used } of edges) {
    const known = all.get(user)
    if (known) known.add(used)
    else all.set(user, new Set([used]))
  }
  const below = (id: string) => {
    const found = new Set(all.get(id))
    for (const next of found) for (const other of all.get(next) ?? []) found.add(other)
    return found
  }
  const reached = new Map([...all.keys()].map((id) => [id, below(id)]))
  return new Map(
    [...all].map(([user, direct]) => {
      const isThrough = (id: string) => [...direct].some((other) => other !== id && reached.get(other)?.has(id))
      const kept = [...direct].filter((id) => !isThrough(id))
      // Things that use each other in a circle go through each other.
      return [user, (kept.length === 0 ? [...direct] : kept).sort()]
    }),
  )
}

interface Group {
  key: string
  kind: AskedKind
  nodes: readonly UsesNode[]
}

function toneOf({ state }: UsesNode) {
  return state?.tone ?? 'unknown'
}

function groupsOf(
  nodes: readonly UsesNode[],
  given: { used: Used; boxOf: ReadonlyMap<string, Box>; opened: ReadonlySet<string>; pinned: string },
): Group[] {
  const single = (node: UsesNode): Group => ({ key: node.id, kind: node.kind, nodes: [node] })
  if (nodes.length <= SHOWN_SINGLY) return nodes.map(single)
  const belowOf = ({ id }: UsesNode) => (given.used.get(id) ?? []).map((each) => given.boxOf.get(each)?.key ?? each)
  const alike = (node: UsesNode) => [node.kind, toneOf(node), ...new Set(belowOf(node))].join(' ')
  const sameState = (node: UsesNode) => `${node.kind} ${toneOf(node)}`
  // What somebody has opened does not make it too many.
  const isFew = gathered(nodes, alike, { ...given, opened: new Set() }).length <= MOST_BOXES
  return gathered(nodes, isFew ? alike : sameState, given)
}

function gathered(
  nodes: readonly UsesNode[],
  keyOf: (node: UsesNode) => string,
  { opened, pinned }: { opened: ReadonlySet<string>; pinned: string },
): Group[] {
  const groups = Map.groupBy(nodes, (node) => (node.id === pinned ? pinned : keyOf(node)))
  return [...groups].flatMap(([key, members]) => {
    const first = members[0]
    if (first === undefined) return []
    return opening(key, first.kind, members, opened)
  })
}

function opening(key: string, kind: AskedKind, members: readonly UsesNode[], opened: ReadonlySet<string>): Group[] {
  const singly = (some: readonly UsesNode[]) => some.map((node) => ({ key: node.id, kind, nodes: [node] }))
  if (members.length < GROUP_FROM) return singly(members)
  if (!opened.has(key)) return [{ key, kind, nodes: members }]
  return [...singly(members.slice(0, OPENED)), ...opening(`${key} +`, kind, members.slice(OPENED), opened)]
}

/** Each beside what it lies on, as far as those above it leave room. */
function placed(groups: readonly Group[], x: number, used: Used, boxOf: Map<string, Box>): Box[] {
  const wish = ({ nodes }: Group) => {
    const rows = nodes.flatMap(({ id }) => rowsBelow(id, used, boxOf))
    return rows.length === 0 ? 0 : rows.reduce((sum, y) => sum + y, 0) / rows.length
  }
  const rank = ({ nodes: [first] }: Group) => (first === undefined ? 0 : TONE_ORDER.indexOf(toneOf(first)))
  const nameOf = ({ nodes: [first] }: Group) => first?.name ?? ''
  const wanted = groups.map((group) => ({ group, y: wish(group) }))
  const inOrder = wanted.toSorted(
    (one, other) =>
      one.y - other.y ||
      rank(one.group) - rank(other.group) ||
      Number(one.group.nodes.length > 1) - Number(other.group.nodes.length > 1) ||
      nameOf(one.group).localeCompare(nameOf(other.group), 'en') ||
      (one.group.key < other.group.key ? -1 : 1),
  )
  let free = 0
  return inOrder.map(({ group, y }) => {
    const box = { ...group, x, y: Math.max(free, Math.round(y)) }
    free = box.y + ROW
    for (const { id } of group.nodes) boxOf.set(id, box)
    return box
  })
}

/** Where that lies which something lies on; of a clone, what the first of its line lies on. */
function rowsBelow(id: string, used: Used, boxOf: ReadonlyMap<string, Box>): number[] {
  const seen = new Set<string>()
  const rows: number[] = []
  const next = [...(used.get(id) ?? [])]
  for (let each = next.pop(); each !== undefined; each = next.pop()) {
    if (seen.has(each)) continue
    seen.add(each)
    const box = boxOf.get(each)
    if (box === undefined) next.push(...(used.get(each) ?? []))
    else rows.push(box.y)
  }
  return rows
}

function linesOf(nodes: readonly UsesNode[], used: Used, boxOf: ReadonlyMap<string, Box>): Line[] {
  const known = new Map(nodes.map((node) => [node.id, node]))
  const comesFrom = troubles(known, used)
  const lines = new Map<string, Line>()
  for (const [user, all] of used) {
    for (const each of all) {
      const [from, to] = [boxOf.get(each), boxOf.get(user)]
      if (from === undefined || to === undefined || from.key === to.key) continue
      const key = `${from.key}\n${to.key}`
      const trouble = worse(lines.get(key)?.trouble ?? null, comesFrom(each, user))
      lines.set(key, { used: from.key, user: to.key, trouble })
    }
  }
  return [...lines.values()]
}

function worse(one: Trouble, other: Trouble): Trouble {
  if (one === 'critical' || other === 'critical') return 'critical'
  return one ?? other
}

/**
 * What is wrong with what comes from one thing to its user. A backend is in the state of its worst mount, so that each mount and pool on
 * it is asked itself.
 */
function troubles(nodes: ReadonlyMap<string, UsesNode>, used: Used): (from: string, user: string) => Trouble {
  const own = (id: string): Trouble => {
    const tone = nodes.get(id)?.state?.tone
    return tone === 'critical' || tone === 'warning' ? tone : null
  }
  const isGround = (id: string) => ['backend', 'server'].includes(nodes.get(id)?.kind ?? '')
  const known = new Map<string, Trouble>()
  const through = (id: string): Trouble => {
    const found = known.get(id)
    if (found !== undefined) return found
    known.set(id, own(id))
    const all = (used.get(id) ?? []).filter((each) => !isGround(each)).map(through)
    const trouble = all.reduce(worse, own(id))
    known.set(id, trouble)
    return trouble
  }
  return (from, user) => (isGround(from) ? own(user) : through(from))
}
