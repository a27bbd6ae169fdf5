import { hash } from 'node:crypto'
import type { ClipboardUse } from '@/lib/controller/relay/viewer-messages'
import type { Db, PrismaClient } from '@/lib/db/client'
import type { Log } from '@/lib/log'

/** Of the hash, in hex digits: enough to know a text again, and too little to find a good password by it. */
const HASH_DIGITS = 8

export interface ClipboardRecord {
  action: 'console.pasted' | 'console.copied'
  target: { kind: string; id: string; name: string }
  change: Record<string, unknown>
}

export interface ClipboardNotesParts {
  prisma: PrismaClient
  log: Log
  audit(tx: Db, record: ClipboardRecord): Promise<void>
}

/**
 * Writes into the audit what one screen has to do with the clipboard of its machine, in the order in which it was: of a text its length
 * and the beginning of its hash, and never the text. That it was asked for what is in there, once: noVNC asks whenever it changes.
 */
export function clipboardNotes({ prisma, log, audit }: ClipboardNotesParts, id: string): (use: ClipboardUse) => void {
  let hasAsked = false
  let before = Promise.resolve()
  const write = async (action: ClipboardRecord['action'], about: Record<string, unknown>) => {
    const row = await prisma.console.findUnique({ where: { id }, include: { host: { select: { name: true } } } })
    if (row === null) return
    const target = { kind: 'machine', id: row.machine, name: row.machine }
    const change = { console: id, host: row.host.name, of: row.actorName, ...about }
    await prisma.$transaction((tx) => audit(tx, { action, target, change }))
  }
  const note = (action: ClipboardRecord['action'], about: Record<string, unknown> = {}) => {
    before = before
      .then(() => write(action, about))
      .catch((error: unknown) =>
        log.error('what was done with a clipboard is not in the audit', { console: id, error }),
      )
  }
  return (use) => {
    if (use.is === 'pasted') {
      const { text } = use
      note('console.pasted', { bytes: text.length, sha256: hash('sha256', text, 'hex').slice(0, HASH_DIGITS) })
    } else if (!hasAsked) {
      hasAsked = true
      note('console.copied')
    }
  }
}
