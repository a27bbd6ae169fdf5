import type { Handlers } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'
import { applyMount } from '@/agent/verbs/apply-mount'
import { checkMount } from '@/agent/verbs/check-mount'
import { connectBackend, disconnectBackend } from '@/agent/verbs/connect-backend'
import { createContainer, planContainer, removeContainer } from '@/agent/verbs/containers'
import { discover } from '@/agent/verbs/discover'
import { events } from '@/agent/verbs/events'
import { beginUpload, dropUpload, finishUpload, listFiles, lookAtUpload } from '@/agent/verbs/files'
import { info } from '@/agent/verbs/info'
import { inspectMount } from '@/agent/verbs/inspect-mount'
import { installCertificate } from '@/agent/verbs/install-certificate'
import { installTools } from '@/agent/verbs/install-tools'
import { cancelJob, jobLog } from '@/agent/verbs/jobs'
import { listForeignMounts } from '@/agent/verbs/list-foreign-mounts'
import { createMachine, machineOffers, planMachine, removeMachine } from '@/agent/verbs/machine-makings'
import { addClipboard, attachDisk, detachDisk, powerContainer, powerMachine } from '@/agent/verbs/machines'
import { closePool, keepPools, openPool, workOnVolume } from '@/agent/verbs/pools'
import { removeMount } from '@/agent/verbs/remove-mount'
import { requestCertificate } from '@/agent/verbs/request-certificate'
import { clipboard, serialLog } from '@/agent/verbs/screens'
import { standing } from '@/agent/verbs/standing'
import { status } from '@/agent/verbs/status'
import { testBackend } from '@/agent/verbs/test-backend'
import { updateAgent } from '@/agent/verbs/update-agent'
import { usage } from '@/agent/verbs/usage'
import { attachMount, detachMount, planMount } from '@/agent/verbs/workload-mounts'

/** Every verb of the protocol, carried out by this agent. */
export function createHandlers(agent: Agent): Handlers {
  return {
    info: info(agent),
    status: status(agent),
    standing: standing(agent),
    listForeignMounts: listForeignMounts(agent),
    events: events(agent),
    testBackend: testBackend(agent),
    discover: discover(agent),
    applyMount: applyMount(agent),
    removeMount: removeMount(agent),
    usage: usage(agent),
    inspectMount: inspectMount(agent),
    connectBackend: connectBackend(agent),
    disconnectBackend: disconnectBackend(agent),
    checkMount: checkMount(agent),
    openPool: openPool(agent),
    closePool: closePool(agent),
    keepPools: keepPools(agent),
    workOnVolume: workOnVolume(agent),
    attachDisk: attachDisk(agent),
    detachDisk: detachDisk(agent),
    powerMachine: powerMachine(agent),
    powerContainer: powerContainer(agent),
    planContainer: planContainer(agent),
    createContainer: createContainer(agent),
    removeContainer: removeContainer(agent),
    machineOffers: machineOffers(agent),
    planMachine: planMachine(agent),
    createMachine: createMachine(agent),
    removeMachine: removeMachine(agent),
    planMount: planMount(agent),
    attachMount: attachMount(agent),
    detachMount: detachMount(agent),
    readSerialLog: serialLog(agent),
    readClipboard: clipboard(agent),
    addClipboard: addClipboard(agent),
    listFiles: listFiles(agent),
    beginUpload: beginUpload(agent),
    lookAtUpload: lookAtUpload(agent),
    finishUpload: finishUpload(agent),
    dropUpload: dropUpload(agent),
    cancelJob: cancelJob(agent),
    jobLog: jobLog(agent),
    installTools: installTools(agent),
    updateAgent: updateAgent(agent),
    requestCertificate: requestCertificate(agent),
    installCertificate: installCertificate(agent),
  }
}
