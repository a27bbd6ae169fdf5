import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { storageFault } from '@/agent/boot/storage-gate'
import { wantedMounts } from '@/agent/boot/wanted-mounts'
import type { AgentEnv } from '@/agent/env'
import { Prober } from '@/agent/host/mounting/probe'
import { Journal } from '@/agent/journal/journal'
import { machineUuid } from '@/agent/libvirt/definition'
import { HeldStarts } from '@/agent/libvirt/held-starts'
import { parseDomain } from '@/lib/attach-targets/libvirt/parse-domain'
import { toHoldfastError } from '@/lib/errors'

/**
 * Asked by the hook of libvirt, with the definition of a machine that is to start on standard input. The exit code is 0 when all storage
 * of ours that it has is there, else 1 with the reason. libvirt waits for it, so it must ask nothing of libvirt.
 */
export async function gate(env: AgentEnv): Promise<number> {
  const xml = await text(process.stdin)
  const held = new HeldStarts(env.runDir)
  const uuid = machineUuid(xml)
  const fault = await faultOf(env, xml)
  if (fault === null) {
    held.release(uuid)
    return 0
  }
  held.hold(uuid, fault)
  process.stderr.write(`Holdfast does not let it start. ${fault}\n`)
  return 1
}

async function faultOf({ stateDir, runDir }: AgentEnv, xml: string): Promise<string | null> {
  if (!existsSync(join(stateDir, 'journal.db')))
    return `There is no journal in ${stateDir}, so it is not known which storage it needs.`
  let journal: Journal | undefined
  try {
    journal = Journal.open(stateDir)
    const { storage } = parseDomain(xml)
    return await storageFault(storage, { wanted: wantedMounts(journal), prober: new Prober(), runDir })
  } catch (error) {
    return `Its storage could not be looked at. ${toHoldfastError(error).message}`
  } finally {
    journal?.close()
  }
}
