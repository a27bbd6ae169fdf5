import { expect } from 'vitest'
import type { LabProduct } from '@/e2e/support/lab-product'
import { until } from '@/e2e/support/product'

const UNIT = 'holdfast-agent'
const DROP_IN = `/run/systemd/system/${UNIT}.service.d/kill.conf`
const ORDER = '/run/holdfast-test-failpoint'

/** The agent of the host guest, which ends itself with SIGKILL on order. */
export interface KillableAgent {
  /** It ends itself when it next comes to this step; the one that systemd starts then does not. Resolves to its process id. */
  arm(step: string): Promise<string>
  /** Waits until that process has ended itself and its successor takes commands. */
  untilRevived(before: string): Promise<void>
}

/** Restarts the agent so that it obeys. The order of before lasts until the guest restarts. */
export async function makeKillable(fleet: LabProduct): Promise<KillableAgent> {
  const { host } = fleet.lab
  const pid = () => host.ok(`systemctl show -P MainPID ${UNIT}`)
  /** The agent takes commands; the controller need not know yet. */
  const untilListening = () =>
    host.ok("until ss -Hltn 'sport = :8443' | grep -q .; do sleep 0.1; done", { timeoutMs: 60_000 })

  const lines = ['[Service]', 'Environment=HOLDFAST_TEST=1', `Environment=HOLDFAST_FAILPOINT_FILE=${ORDER}`]
  await host.ok(`mkdir -p ${DROP_IN.replace(/\/[^/]*$/, '')} && cat > ${DROP_IN}`, { input: lines.join('\n') })
  await host.ok(`systemctl daemon-reload && systemctl restart ${UNIT}`)
  await untilListening()
  await fleet.untilOnline()
  return {
    async arm(step) {
      await host.ok(`printf %s ${step} > ${ORDER}`)
      return pid()
    },
    async untilRevived(before) {
      await until('the agent has ended itself', async () => (await pid()) !== before || undefined, 120_000)
      expect(await host.exec(`test -e ${ORDER}`)).toMatchObject({ exitCode: 1 })
      await untilListening()
      // The controller comes back by itself too, within its sweep.
      await fleet.untilOnline()
    },
  }
}
