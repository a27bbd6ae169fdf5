import 'server-only'
import { z } from 'zod'
import { UsageMessage } from '@/lib/agent-protocol/messages'
import type { Actor } from '@/lib/auth/actor'
import { keyedDigest } from '@/lib/auth/derived-key'
import * as repository from '@/lib/backends/repository'
import type { Db } from '@/lib/db/client'
import type { StoredSecret } from '@/lib/db/sealed-secrets'
import { driverById } from '@/lib/drivers/registry'

/** Between the end of a test and the save that keeps it. */
const LASTS_MS = 30 * 60_000

/** Everything that a test of a storage depends on. */
export interface TestedSettings {
  type: string
  config: Record<string, unknown>
  /** As they were entered. */
  entered: Record<string, string>
  /** Those that stay as they are stored. */
  stored: readonly Pick<StoredSecret, 'field' | 'sealed'>[]
}

/** Says nothing about the settings to whoever lacks this installation's key; it is of this person and of nobody else. */
function digestOf(actor: Actor, { type, config, entered, stored }: TestedSettings): string {
  const secrets = [
    ...Object.entries(entered).map(([field, value]) => [field, 'entered', value]),
    ...stored.map(({ field, sealed }) => [field, 'stored', sealed]),
  ].sort(([one = ''], [other = '']) => (one < other ? -1 : 1))
  const text = JSON.stringify([actor.kind, actor.id, type, sorted(config), secrets])
  return keyedDigest('holdfast tested settings', text)
}

/** Keys in one order; as the database will hold it, without undefined. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]))
}

/** Notes of which settings this test is, in the transaction that starts it. Notes of older tests go. */
export async function noteTest(tx: Db, operation: string, actor: Actor, settings: TestedSettings): Promise<void> {
  await repository.noteTest(tx, operation, digestOf(actor, settings), new Date(Date.now() - 2 * LASTS_MS))
}

const Note = z.object({ digest: z.string() })
/** As the controller stores it. */
const Outcome = z.object({ success: z.boolean(), usage: UsageMessage.nullable() })

/**
 * What a backend has of the test that `operation` was, if that passed lately, was asked for by this actor and is of exactly these
 * settings. Null otherwise: then nothing is known of the backend.
 */
export async function keptTest(
  operation: string | undefined,
  actor: Actor,
  settings: TestedSettings,
): Promise<repository.KeptTest | null> {
  if (operation === undefined) return null
  const found = await repository.findTest(operation)
  const note = Note.safeParse(found?.note)
  const result = Outcome.safeParse(found?.result)
  if (!found || !note.success || !result.success || found.status !== 'succeeded' || !result.data.success) return null
  const isRecent = found.finishedAt !== null && Date.now() - found.finishedAt.getTime() <= LASTS_MS
  if (!isRecent || note.data.digest !== digestOf(actor, settings)) return null
  const { usage } = result.data
  const at = found.finishedAt as Date
  const on = driverById(settings.type).scope === 'host' ? (found.hosts[0]?.host.name ?? null) : null
  return {
    observedStatus: 'online',
    observedAt: at,
    lastTestAt: at,
    lastTestOperation: operation,
    ...(usage === null
      ? {}
      : {
          totalBytes: bytes(usage.totalBytes),
          usedBytes: bytes(usage.usedBytes),
          availableBytes: bytes(usage.availableBytes),
          fileCount: bytes(usage.fileCount),
          usageAt: at,
          usageOn: on,
          totalInodes: bytes(usage.inodes?.total ?? null),
          usedInodes: bytes(usage.inodes?.used ?? null),
          inodesOn: usage.inodes === undefined ? null : on,
        }),
  }
}

function bytes(value: number | null): bigint | null {
  return value === null ? null : BigInt(Math.round(value))
}
