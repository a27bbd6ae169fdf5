import { hostDriver } from '@/agent/backends/drivers'
import { classify, type MountTruth, readMounts } from '@/agent/host/mounting/mountinfo'
import type { Journal } from '@/agent/journal/journal'
import { expectedOf, type OpenedBackend } from '@/agent/resources/mounts/managed-mount'
import { MOUNT_DOCUMENTS } from '@/agent/resources/mounts/mount-documents'
import type { WireBackend } from '@/lib/agent-protocol/messages'
import type { MountTarget } from '@/lib/drivers/contract/mount-request'
import { toHostBackend } from '@/lib/drivers/input'

/** A mount that the journal wants, and what the kernel shows at its place. */
export interface WantedMount {
  target: MountTarget
  /** Null: this agent cannot serve it. */
  opened: OpenedBackend | null
  /** Null: it is not known what ours would look like. */
  truth: MountTruth | null
}

/** Null: this agent does not know its type, or not these settings. */
export function openWire({ id, driver, config, secrets }: WireBackend): OpenedBackend | null {
  try {
    return { driver: hostDriver(driver), backend: toHostBackend(id, driver, config, secrets) }
  } catch {
    return null
  }
}

/** For commands that work without the agent: no storage is asked. */
export function wantedMounts(journal: Journal): WantedMount[] {
  const mounts = readMounts()
  return journal
    .documents(MOUNT_DOCUMENTS)
    .all()
    .map(({ document }) => {
      const { mountId, mountPoint: path, readOnly } = document
      const target = { mountId, path, readOnly }
      const opened = openWire(document.backend)
      const expected = expectedOf(opened, target)
      return { target, opened, truth: expected === undefined ? null : classify(mounts, path, expected) }
    })
}
