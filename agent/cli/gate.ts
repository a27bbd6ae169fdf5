import { text } from 'node:stream/consumers'
import { whyHeld } from '@/agent/boot/storage-gate'
import type { AgentEnv } from '@/agent/env'
import { machineUuid } from '@/agent/libvirt/definition'
import { HeldStarts } from '@/agent/libvirt/held-starts'
import { parseDomain } from '@/lib/attach-targets/libvirt/parse-domain'

/**
 * Asked by the hook of libvirt, with the definition of a machine that is to start on standard input. The exit code is 0 when all storage
 * of ours that it has is there, else 1 with the reason. libvirt waits for it, so it must ask nothing of libvirt.
 */
export async function gate(env: AgentEnv): Promise<number> {
  const xml = await text(process.stdin)
  const held = new HeldStarts(env.runDir)
  const uuid = machineUuid(xml)
  const fault = await whyHeld(env, () => parseDomain(xml).storage)
  if (fault === null) {
    held.release(uuid)
    return 0
  }
  held.hold(uuid, fault)
  process.stderr.write(`Holdfast does not let it start. ${fault}\n`)
  return 1
}
