import { applyMount } from '@/agent/operations/apply-mount'
import { connectBackend, disconnectBackend } from '@/agent/operations/connect-backend'
import { discover } from '@/agent/operations/discover'
import { events } from '@/agent/operations/events'
import { info } from '@/agent/operations/info'
import { inspectMount } from '@/agent/operations/inspect-mount'
import { installCertificate } from '@/agent/operations/install-certificate'
import { installTools } from '@/agent/operations/install-tools'
import { listForeignMounts } from '@/agent/operations/list-foreign-mounts'
import type { Machine } from '@/agent/operations/machine'
import { removeMount } from '@/agent/operations/remove-mount'
import { requestCertificate } from '@/agent/operations/request-certificate'
import { standing } from '@/agent/operations/standing'
import { status } from '@/agent/operations/status'
import { testBackend } from '@/agent/operations/test-backend'
import { usage } from '@/agent/operations/usage'
import type { Handlers } from '@/agent/server/handlers'

/** Every operation of the protocol on this machine. */
export function createHandlers(machine: Machine): Handlers {
  return {
    info: info(machine),
    status: status(machine),
    standing: standing(machine),
    listForeignMounts: listForeignMounts(machine),
    events: events(machine),
    testBackend: testBackend(machine),
    discover: discover(machine),
    applyMount: applyMount(machine),
    removeMount: removeMount(machine),
    usage: usage(machine),
    inspectMount: inspectMount(machine),
    connectBackend: connectBackend(machine),
    disconnectBackend: disconnectBackend(machine),
    installTools: installTools(machine),
    requestCertificate: requestCertificate(machine),
    installCertificate: installCertificate(machine),
  }
}
