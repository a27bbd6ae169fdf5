import type { Handlers } from '@/agent/server/handlers'
import type { Machine } from '@/agent/verbs/agent'
import { applyMount } from '@/agent/verbs/apply-mount'
import { connectBackend, disconnectBackend } from '@/agent/verbs/connect-backend'
import { discover } from '@/agent/verbs/discover'
import { events } from '@/agent/verbs/events'
import { info } from '@/agent/verbs/info'
import { inspectMount } from '@/agent/verbs/inspect-mount'
import { installCertificate } from '@/agent/verbs/install-certificate'
import { installTools } from '@/agent/verbs/install-tools'
import { listForeignMounts } from '@/agent/verbs/list-foreign-mounts'
import { removeMount } from '@/agent/verbs/remove-mount'
import { requestCertificate } from '@/agent/verbs/request-certificate'
import { standing } from '@/agent/verbs/standing'
import { status } from '@/agent/verbs/status'
import { testBackend } from '@/agent/verbs/test-backend'
import { usage } from '@/agent/verbs/usage'

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
