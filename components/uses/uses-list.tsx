import { Panel } from '@/components/ui/feedback'
import { RowLink } from '@/components/ui/row-link'
import { Status } from '@/components/ui/status'
import { KINDS, pathOf, whereOf } from '@/components/uses/kinds'
import { ASKED_KINDS, type AskedKind } from '@/lib/uses/kinds'
import type { UsesNode, UsesView } from '@/lib/uses/schema'

/** What runs comes first, since that is what people miss. */
const ORDER = ASKED_KINDS.toReversed()

/** More of a kind are told of as a number. */
const SHOWN = 200

/** The same by kind and row by row: what depends on it, and what it needs itself. */
export function UsesList({ view }: { view: UsesView }) {
  return (
    <div className="space-y-5">
      <Groups nodes={view.needed_by} view={view} heading={(kind) => KINDS[kind].heading} />
      <Groups nodes={view.needs} view={view} heading={(kind) => `${KINDS[kind].heading} that it needs`} />
      {view.is_cut && <p className="text-12 text-muted">There is more than is shown here.</p>}
    </div>
  )
}

function Groups({
  nodes,
  view,
  heading,
}: {
  nodes: readonly UsesNode[]
  view: UsesView
  heading: (kind: AskedKind) => string
}) {
  const groups = Map.groupBy(nodes, ({ kind }) => kind)
  return ORDER.map((kind) => {
    const ofKind = groups.get(kind)
    return ofKind && <Group key={kind} title={`${heading(kind)} (${ofKind.length})`} nodes={ofKind} view={view} />
  })
}

/** What of all these it uses in one step; of what was asked about itself the page speaks anyway. */
function usedBy(node: UsesNode, { edges, needs, needed_by: neededBy }: UsesView): string {
  const ids = new Set(edges.filter(({ user }) => user === node.id).map(({ used }) => used))
  return [...needs, ...neededBy].flatMap((other) => (ids.has(other.id) ? [other.name] : [])).join(', ')
}

function Group({ title, nodes, view }: { title: string; nodes: readonly UsesNode[]; view: UsesView }) {
  return (
    <Panel title={title} flush>
      <ul className="divide-y divide-line">
        {nodes.slice(0, SHOWN).map((node) => (
          <Row key={node.id} node={node} through={usedBy(node, view)} />
        ))}
      </ul>
      {nodes.length > SHOWN && (
        <p className="border-t border-line px-4 py-2 text-12 text-muted">And {nodes.length - SHOWN} more.</p>
      )}
    </Panel>
  )
}

function Row({ node, through }: { node: UsesNode; through: string }) {
  const { icon: Icon } = KINDS[node.kind]
  return (
    <li className="relative flex flex-wrap items-center gap-x-3 gap-y-0.5 px-4 py-2 text-13 hover:bg-hover">
      <Icon aria-hidden className="size-4 shrink-0 text-muted" />
      <RowLink href={pathOf(node)} className="min-w-0 flex-1 truncate font-medium" title={node.name}>
        {node.name}
      </RowLink>
      {node.host && <span className="text-muted">{whereOf(node)}</span>}
      {through !== '' && (
        <span className="min-w-0 truncate text-muted max-md:order-1 max-md:w-full md:max-w-1/2" title={through}>
          through {through}
        </span>
      )}
      {node.state && <Status {...node.state} className="md:w-28" />}
    </li>
  )
}
