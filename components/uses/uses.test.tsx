import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import { breaksWords } from '@/components/uses/breaks-note'
import { DependsOn } from '@/components/uses/depends-on'
import { usesOf } from '@/components/uses/kinds'
import { chainOf, layOut } from '@/components/uses/layout'
import { ServersOf } from '@/components/uses/servers-of'
import { neighbour, UsesPicture } from '@/components/uses/uses-picture'
import type { Tone } from '@/lib/tones'
import type { AskedKind } from '@/lib/uses/kinds'
import type { UsesNode, UsesView } from '@/lib/uses/schema'

const NONE: ReadonlySet<string> = new Set()

function node(kind: AskedKind, id: string, tone: Tone = 'healthy', name = id): UsesNode {
  const host = kind === 'workload' ? { id: 'hst_1', name: 'kube-7' } : null
  return { kind, id, name, host, state: { tone, word: tone === 'critical' ? 'Error' : 'Well' }, runs: null }
}

function view(
  neededBy: UsesNode[],
  edges: readonly (readonly [string, string])[],
  over: Partial<UsesView> = {},
): UsesView {
  return {
    of: node('backend', 'nas1'),
    needs: [],
    needed_by: neededBy,
    edges: edges.map(([user, used]) => ({ user, used })),
    breaks: { running: 0, stopped: 0, unknown: 0 },
    is_cut: false,
    ...over,
  }
}

const CHAIN = view(
  [
    node('mount', 'files', 'critical'),
    node('mount', 'ground'),
    node('pool', 'vms'),
    node('volume', 'base'),
    node('volume', 'clone'),
    node('workload', 'web'),
    node('workload', 'erp'),
  ],
  [
    ['files', 'nas1'],
    ['ground', 'nas1'],
    ['vms', 'nas1'],
    ['vms', 'ground'],
    ['base', 'vms'],
    ['clone', 'vms'],
    ['clone', 'base'],
    ['web', 'files'],
    ['erp', 'clone'],
    ['erp', 'ground'],
  ],
)

const keysOf = (picture: ReturnType<typeof layOut>) =>
  picture.columns.map(({ kind, boxes }) => [kind, ...boxes.map(({ key }) => key)])

describe('the picture', () => {
  it('has a column for each kind that there is, and draws each step once', () => {
    const picture = layOut(CHAIN, NONE)
    expect(keysOf(picture)).toEqual([
      ['backend', 'nas1'],
      ['mount', 'files', 'ground'],
      ['pool', 'vms'],
      ['volume', 'base', 'clone'],
      ['workload', 'web', 'erp'],
    ])
    const drawn = picture.lines.map(({ used, user }) => `${used} ${user}`).sort()
    // What goes through something else is not drawn beside it.
    expect(drawn).toEqual([
      'base clone',
      'clone erp',
      'files web',
      'ground vms',
      'nas1 files',
      'nas1 ground',
      'vms base',
    ])
  })

  it('shows the way of a fault up to what runs, and only that', () => {
    const { lines } = layOut(CHAIN, NONE)
    const troubled = lines.flatMap(({ used, user, trouble }) => (trouble === null ? [] : `${used} ${user} ${trouble}`))
    expect(troubled.sort()).toEqual(['files web critical', 'nas1 files critical'])
    // A backend is as bad as its worst mount, which says nothing of the others.
    const ofBad = layOut({ ...CHAIN, of: node('backend', 'nas1', 'critical') }, NONE)
    expect(ofBad.lines).toEqual(lines)
    expect(chainOf('clone', lines)).toEqual(new Set(['clone', 'base', 'vms', 'ground', 'nas1', 'erp']))
  })

  it('leads from box to box with the arrow keys', () => {
    const picture = layOut(CHAIN, NONE)
    expect(neighbour(picture, 'nas1', 'ArrowRight')).toBe('files')
    expect(neighbour(picture, 'files', 'ArrowDown')).toBe('ground')
    expect(neighbour(picture, 'erp', 'ArrowLeft')).toBe('clone')
    expect([neighbour(picture, 'files', 'ArrowUp'), neighbour(picture, 'files', 'Enter')]).toEqual([
      undefined,
      undefined,
    ])
  })

  it('is the same whatever order the server tells things in', () => {
    const turned = { ...CHAIN, needed_by: CHAIN.needed_by.toReversed(), edges: CHAIN.edges.toReversed() }
    expect(keysOf(layOut(turned, NONE))).toEqual(keysOf(layOut(CHAIN, NONE)))
  })

  it('puts two hundred that are alike into one box, keeps those in trouble apart, and opens it', () => {
    const many = Array.from({ length: 200 }, (_, at) => node('workload', `w${at}`, at < 2 ? 'critical' : 'healthy'))
    const large = view(
      [node('mount', 'files'), ...many],
      [['files', 'nas1'], ...many.map(({ id }) => [id, 'files'] as const)],
    )
    const [, , workloads] = layOut(large, NONE).columns
    expect(workloads?.boxes.map(({ nodes }) => nodes.length)).toEqual([1, 1, 198])
    const group = workloads?.boxes.at(-1)
    const opened = layOut(large, new Set([group?.key ?? '']))
    expect(opened.columns[2]?.boxes.map(({ nodes }) => nodes.length)).toEqual([...Array<number>(102).fill(1), 98])
    const html = renderToStaticMarkup(<UsesPicture view={large} />)
    expect(html).toContain('198 workloads')
    expect(html).toContain('aria-expanded="false"')
  })

  it('keeps a column readable where nothing is like another', () => {
    const mounts = Array.from({ length: 60 }, (_, at) => node('mount', `m${at}`))
    const users = mounts.map(({ id }) => node('workload', `of ${id}`))
    const edges = mounts.flatMap(({ id }) => [[id, `b${id}`] as const, [`of ${id}`, id] as const])
    const backends = mounts.map(({ id }) => node('backend', `b${id}`))
    const picture = layOut(view([...mounts, ...users], edges, { of: node('server', 's'), needs: backends }), NONE)
    for (const { boxes } of picture.columns) expect(boxes.length).toBeLessThanOrEqual(40)
  })

  it('ends where things use each other in a circle, and stands for a single thing', () => {
    const circle = view(
      [node('volume', 'a'), node('volume', 'b')],
      [
        ['a', 'b'],
        ['b', 'a'],
      ],
    )
    expect(layOut(circle, NONE).lines).toHaveLength(2)
    expect(keysOf(layOut(view([], []), NONE))).toEqual([['backend', 'nas1']])
  })

  it('writes names as text, and says each state in words', () => {
    const html = renderToStaticMarkup(
      <UsesPicture view={view([node('mount', 'm', 'critical', '<img src=x onerror=alert(1)>')], [['m', 'nas1']])} />,
    )
    expect(html).not.toContain('<img')
    expect(html).toContain('href="/mounts/m"')
    expect(html).toContain('>Error<')
    expect(html).toContain('aria-current="true"')
  })
})

it('lists what depends on a storage by kind, with what it hangs on and how it is', () => {
  const client = new QueryClient()
  client.setQueryData(usesOf({ of: 'nas1' }).queryKey, CHAIN)
  const html = renderToStaticMarkup(
    <QueryClientProvider client={client}>
      <DependsOn id="nas1" name="nas1" />
    </QueryClientProvider>,
  )
  expect(html).toContain('Containers and machines (2)')
  expect(html).toContain('href="/workloads/web"')
  expect(html).toContain('href="/uses?of=nas1"')
  expect(html).toContain('on kube-7')
  expect(html).toContain('through files')
  expect(html).toContain('>Error<')
  expect(html.indexOf('href="/workloads/web"')).toBeLessThan(html.indexOf('href="/mounts/files"'))
})

it.each([
  [{ running: 1, stopped: 0, unknown: 0 }, '1 container or machine that runs would hang.'],
  [
    { running: 12, stopped: 3, unknown: 0 },
    '12 containers and machines that run would hang and 3 that are stopped would not start.',
  ],
  [{ running: 0, stopped: 0, unknown: 2 }, 'of 2 more it is not known whether they run.'],
  [{ running: 0, stopped: 0, unknown: 0 }, 'No container and no machine would be hit.'],
])('says what would hang and what would not start: %j', (breaks, words) => {
  expect(breaksWords({ of: node('server', 'nas1'), breaks, needed_by: [] })).toBe(words)
})

it('names what goes with it', () => {
  expect(breaksWords(CHAIN)).toContain('With it go 2 mounts, 1 pool and 2 volumes.')
})

it('leads from a backend to its servers', () => {
  const config = { server: 'NAS1.example.net', export_path: '/srv' }
  const html = renderToStaticMarkup(<ServersOf backend={{ driver: 'nfs', config }} />)
  expect(html).toContain('href="/uses?server=nas1.example.net"')
  expect(renderToStaticMarkup(<ServersOf backend={{ driver: 'local-dir', config: { path: '/srv' } }} />)).toBe('')
})
