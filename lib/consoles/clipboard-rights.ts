import type { Actor } from '@/lib/auth/actor'
import type { ConsoleRecord } from '@/lib/consoles/repository'
import { findSettings } from '@/lib/consoles/settings-repository'

export interface ClipboardRights {
  /** Asking for what is in the clipboard of the machine. */
  copies: boolean
  /** Putting a text into it. */
  pastes: boolean
}

/** What somebody may do now with the clipboard of the machine that a console is of: what both the role and the machine allow. */
export async function clipboardRights(
  { permissions }: Pick<Actor, 'permissions'>,
  { hostId, machine, kind, isViewOnly }: Pick<ConsoleRecord, 'hostId' | 'machine' | 'kind' | 'isViewOnly'>,
): Promise<ClipboardRights> {
  // A serial port has no clipboard.
  if (kind === 'serial') return { copies: false, pastes: false }
  const { clipboard_to_person: toPerson, clipboard_to_machine: toMachine } = await findSettings({ hostId, machine })
  return { copies: toPerson && permissions.has('consoles.copy'), pastes: toMachine && !isViewOnly }
}
