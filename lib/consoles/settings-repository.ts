import type { ConsoleSettings } from '@/lib/consoles/schema'
import { type Db, db } from '@/lib/db/client'

/** Of a machine for which nobody has decided anything, both are true: then roles alone count. */
export async function findSettings(
  machine: { hostId: string; machine: string },
  tx: Db = db(),
): Promise<ConsoleSettings> {
  const row = await tx.consoleSetting.findUnique({ where: { hostId_machine: machine } })
  return {
    clipboard_to_person: row?.clipboardToPerson ?? true,
    clipboard_to_machine: row?.clipboardToMachine ?? true,
  }
}

export async function saveSettings(
  tx: Db,
  { workloadId, ...of }: { workloadId: string; hostId: string; machine: string },
  { clipboard_to_person: clipboardToPerson, clipboard_to_machine: clipboardToMachine }: ConsoleSettings,
): Promise<void> {
  const set = { clipboardToPerson, clipboardToMachine }
  await tx.consoleSetting.upsert({ where: { workloadId }, create: { workloadId, ...of, ...set }, update: set })
}
