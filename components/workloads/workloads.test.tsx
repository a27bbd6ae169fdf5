import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, it } from 'vitest'
import { GoneMounts } from '@/components/workloads/mounts/gone-mounts'
import { PowerActions } from '@/components/workloads/power-actions'
import { StaleNote } from '@/components/workloads/stale-note'
import { UsesOf } from '@/components/workloads/uses-of'
import { WorkloadStorage } from '@/components/workloads/workload-storage'
import { targetWords } from '@/components/workloads/workload-words'
import type { WorkloadView } from '@/lib/workloads/schema'

const WORKLOAD: WorkloadView = {
  id: 'wkl_1',
  name: '<img src=x onerror=alert(1)>',
  target: 'docker',
  kind: 'container',
  native_id: '8dfa',
  host: { id: 'hst_1', name: 'kube-7' },
  state: 'running',
  told_state: 'running',
  problem: null,
  held: null,
  image: null,
  storage_count: 103,
  uses: [{ kind: 'mount', id: 'mnt_1', name: 'shared' }],
  first_seen_at: '2026-11-30T12:00:00.000Z',
  changed_at: '2026-11-30T12:00:00.000Z',
  attachments: [],
  storage: [
    {
      kind: 'bind',
      source: '/mnt/shared/"><script>',
      name: null,
      target: '/data',
      read_only: true,
      mount: { id: 'mnt_1', name: 'shared' },
      volume: null,
      stale: false,
    },
    { kind: 'zfs', source: null, name: null, target: '/x', read_only: null, mount: null, volume: null, stale: false },
  ],
}

it('leads from storage of ours to its page, and tells the rest as it is', () => {
  const html = renderToStaticMarkup(<WorkloadStorage workload={WORKLOAD} />)
  expect(html).toContain('href="/mounts/mnt_1"')
  expect(html).toContain('read-only')
  expect(html).toContain('not of Holdfast')
  expect(html).toContain('zfs')
  expect(html).toContain('And 101 more.')
  expect(html).not.toContain('<script>')
  expect(renderToStaticMarkup(<UsesOf workload={WORKLOAD} />)).toContain('href="/mounts/mnt_1"')
  expect(renderToStaticMarkup(<UsesOf workload={{ uses: [] }} />)).toContain('none')
})

it('offers to detach volumes alone, and nothing to whoever may not change it', () => {
  const disk = {
    kind: 'disk',
    source: '/mnt/p/vol_1/disk.qcow2',
    name: null,
    target: 'vdb',
    read_only: false,
    stale: false,
  }
  const [bind] = WORKLOAD.storage
  const storage = [...(bind ? [bind] : []), { ...disk, mount: null, volume: { id: 'vol_1', name: 'data' } }]
  const machine = { ...WORKLOAD, kind: 'machine' as const, storage }
  const of = { onAttach: () => undefined, onDetach: () => undefined }
  const html = renderToStaticMarkup(<WorkloadStorage workload={machine} changes={{ disks: of }} />)
  expect(html).toContain('Attach a volume')
  expect(html).not.toContain('Attach a mount')
  expect(html.match(/aria-label="Detach [^"]*"/g)).toEqual(['aria-label="Detach data"'])
  expect(renderToStaticMarkup(<WorkloadStorage workload={machine} />)).not.toContain('<button')
})

it('says what was mounted again since it started, and offers a restart to whoever may do so', () => {
  const html = (workload: WorkloadView, mayRestart = true) =>
    renderToStaticMarkup(
      <QueryClientProvider client={new QueryClient()}>
        <StaleNote workload={workload} mayRestart={mayRestart} />
      </QueryClientProvider>,
    )
  expect(html(WORKLOAD)).toBe('')
  const stale = {
    ...WORKLOAD,
    state: 'running' as const,
    storage: WORKLOAD.storage.map((each) => ({ ...each, stale: true })),
  }
  expect(html(stale).replace(/<[^>]*>/g, '')).toContain('at /data, /x.')
  expect(html(stale)).toContain('Restart')
  expect(html(stale, false)).not.toContain('<button')
  expect(html({ ...stale, state: 'unknown' })).toBe('')
})

it('offers to detach what was given from here, and says what of it is gone', () => {
  const [bind] = WORKLOAD.storage
  const own = { id: 'att_1', mount: { id: 'mnt_1', name: 'files' }, sub_path: '', read_only: false, created_by: 'ann' }
  const given = { ...own, target: bind?.target ?? '', state: 'there' as const, made_anew: false, created_at: '' }
  const gone = { ...given, id: 'att_2', target: '/old', state: 'gone' as const, made_anew: true, sub_path: 'web' }
  const workload = { ...WORKLOAD, attachments: [given, gone] }
  const mounts = { onAttach: () => undefined, onDetach: () => undefined }
  const html = renderToStaticMarkup(<WorkloadStorage workload={workload} changes={{ mounts }} />)
  expect(html).toContain('Attach a mount')
  expect(html.match(/aria-label="Detach [^"]*"/g)).toEqual(['aria-label="Detach files"'])
  const note = renderToStaticMarkup(
    <GoneMounts workload={workload} onAgain={() => undefined} onForget={() => undefined} />,
  )
  expect(note).toContain('web of files is not at /old any more')
  expect(note).toContain('made anew without it')
  expect(note.match(/<button/g)).toHaveLength(2)
  expect(renderToStaticMarkup(<GoneMounts workload={workload} onForget={() => undefined} />)).not.toContain('<button')
})

it.each([
  ['machine', 'running', 'Shut down'],
  ['machine', 'stopped', 'Start'],
  ['machine', 'paused', 'Go on'],
  ['container', 'running', 'Stop'],
  ['container', 'failed', 'Start'],
  ['container', 'unknown', null],
] as const)('offers for a %s that is %s: %s', (kind, state, label) => {
  const target = kind === 'machine' ? 'libvirt' : 'docker'
  const html = renderToStaticMarkup(
    <QueryClientProvider client={new QueryClient()}>
      <PowerActions machine={{ id: 'wkl_1', name: 'web', kind, state, target }} />
    </QueryClientProvider>,
  )
  expect(html.replace(/<[^>]*>/g, '')).toBe(label ?? '')
})

it.each([
  ['docker', 'stopped', true],
  ['docker', 'failed', true],
  ['docker', 'paused', true],
  ['lxc', 'stopped', false],
  ['libvirt', 'stopped', true],
] as const)('has a menu for one of %s that is %s: %s', (target, state, has) => {
  const kind = target === 'libvirt' ? 'machine' : 'container'
  const html = renderToStaticMarkup(
    <QueryClientProvider client={new QueryClient()}>
      <PowerActions machine={{ id: 'wkl_1', name: 'web', kind, state, target }} />
    </QueryClientProvider>,
  )
  expect(html.includes('More actions')).toBe(has)
})

it('calls what only the host knows by its own word', () => {
  expect([targetWords('docker'), targetWords('incus')]).toEqual(['Docker', 'incus'])
})
