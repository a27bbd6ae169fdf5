import { NameMachine, SerialLogView } from '@/lib/consoles/schema'
import { readSerialLog } from '@/lib/consoles/service'
import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'

export const GET = defineRoute({
  permission: 'consoles.open',
  summary: 'Read the log that libvirt keeps of the serial port of a virtual machine: its end, 1 MiB at most.',
  query: NameMachine,
  response: single(SerialLogView),
  mayRefuse: ['not_found'],
  handle: async ({ actor, query, signal }) => ({ body: { data: await readSerialLog(actor, query, signal) } }),
})
