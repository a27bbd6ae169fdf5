import 'server-only'
import type { z } from 'zod'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { inTransaction } from '@/lib/db/transaction'
import { publishChanged } from '@/lib/events/process-bus'
import * as repository from '@/lib/retention/repository'
import {
  CLEANED_KEY,
  Cleaned,
  RETAINED,
  type RetainedKind,
  type RetainedView,
  type Retention,
  type RetentionQuery,
  type RetentionView,
  retentionFrom,
  type UpdateRetention,
} from '@/lib/retention/schema'

const DAY_MS = 86_400_000

/** How long history is kept, and how much of it there is. With `asIf` the numbers that are due are those of other days. */
export async function getRetention(
  actor: Actor,
  asIf: z.output<typeof RetentionQuery> = {},
  now = new Date(),
): Promise<RetentionView> {
  authorize(actor, 'system.admin')
  const settings = await repository.findSettings()
  const retention = retentionFrom(settings)
  const before = (days: number) => new Date(now.getTime() - days * DAY_MS)
  const [operations, mountHistory, audit] = await Promise.all([
    repository.countOperations(before(asIf.operations_days ?? retention.operations)),
    repository.countMountEvents(before(asIf.mount_history_days ?? retention.mount_history)),
    repository.countAudit(),
  ])
  return {
    kinds: [
      viewOf('operations', retention, operations, operations.logLines),
      viewOf('mount_history', retention, mountHistory),
      {
        kind: 'audit',
        days: null,
        standard_days: null,
        least_days: null,
        most_days: null,
        log_lines: null,
        ...storedView(audit),
      },
    ],
    cleaned_at: Cleaned.safeParse(settings.get(CLEANED_KEY)).data?.at ?? null,
  }
}

function viewOf(
  kind: RetainedKind,
  retention: Retention,
  stored: repository.Stored,
  logLines: number | null = null,
): RetainedView {
  const { standard, least, most } = RETAINED[kind]
  return {
    kind,
    days: retention[kind],
    standard_days: standard,
    least_days: least,
    most_days: most,
    log_lines: logLines,
    ...storedView(stored),
  }
}

function storedView({ stored, oldestAt, due }: repository.Stored) {
  return { stored, oldest_at: oldestAt?.toISOString() ?? null, due }
}

/** The controller goes by it from its next clean-up on. What has been deleted then does not come back with a longer time. */
export async function updateRetention(actor: Actor, given: z.output<typeof UpdateRetention>): Promise<RetentionView> {
  authorize(actor, 'system.admin')
  const wanted: Record<RetainedKind, number | undefined> = {
    operations: given.operations_days,
    mount_history: given.mount_history_days,
  }
  await inTransaction(async (tx) => {
    const before = retentionFrom(await repository.findSettings(tx))
    const changed = (Object.keys(wanted) as RetainedKind[]).flatMap((kind) => {
      const days = wanted[kind]
      return days === undefined || days === before[kind] ? [] : [{ kind, days }]
    })
    if (changed.length === 0) return
    for (const { kind, days } of changed) await repository.saveDays(tx, kind, days)
    await recordAudit(tx, actor, {
      action: 'retention.updated',
      change: { before, after: { ...before, ...Object.fromEntries(changed.map(({ kind, days }) => [kind, days])) } },
    })
  })
  publishChanged('setting', 'retention')
  return getRetention(actor)
}
