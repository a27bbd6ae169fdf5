import type { Notice } from '@/lib/notifiers/contract/notice'

const NOBODY = { total: 0, first: [] }

/** Something that was opened, in words that every form has to escape. */
export function sampleNotice(over: Partial<Notice> = {}): Notice {
  return {
    id: 'dlv_01',
    event: 'opened',
    at: new Date('2026-11-30T12:00:00Z'),
    severity: 'critical',
    title: 'nas <a> & "b" ünïcödé *x* does not answer',
    url: 'https://holdfast.example/alerts/alr_01',
    alert: {
      id: 'alr_01',
      causeId: 'cau_01',
      kind: 'storage',
      subject: { kind: 'backend', id: 'bkd_01', name: 'nas' },
      advice: 'Check that the server runs.',
      reach: {
        hosts: { total: 3, first: [{ id: 'hst_01', name: 'db-1' }] },
        mounts: NOBODY,
        backends: NOBODY,
        pools: NOBODY,
        volumes: NOBODY,
      },
      openedAt: new Date('2026-11-30T12:00:00Z'),
      clearedAt: null,
    },
    gathered: null,
    ...over,
  }
}
