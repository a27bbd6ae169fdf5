import { enableCompileCache } from 'node:module'
import path from 'node:path'
import { recordAudit } from '@/lib/audit/service'
import { systemActor } from '@/lib/auth/actor'
import { Controller } from '@/lib/controller/controller'
import { closeDatabase, initDatabase } from '@/lib/db/client'
import { migrateDatabase } from '@/lib/db/migrate'
import { readEnv } from '@/lib/env'
import { toHoldfastError } from '@/lib/errors'
import { openControllerBus } from '@/lib/events/open-bus'
import { createLog } from '@/lib/log'

/**
 * The controller process. Settings come from `HOLDFAST_*`, there are no arguments. With an IPC channel it says
 * `{ type: 'ready' }`, and ends when the channel closes; SIGTERM and SIGINT end it in order.
 */
enableCompileCache()
const env = readEnv()
const log = createLog('controller', env.logLevel)

async function run(): Promise<void> {
  await migrateDatabase({ url: env.databaseUrl, directory: path.resolve('prisma/migrations') })
  const database = await initDatabase(env)
  const bus = await openControllerBus(env)
  const controller = await Controller.create(
    {
      database,
      bus,
      log,
      audit: (tx, { createdBy, ...host }) =>
        recordAudit(tx, systemActor('controller'), {
          action: 'host.joined',
          target: { kind: 'host', id: host.id, name: host.name },
          change: { after: { address: host.address, invited_by: createdBy } },
        }),
      auditBound: (tx, { backend, field, destinations }) =>
        recordAudit(tx, systemActor('controller'), {
          action: 'backend.secret_bound',
          target: { kind: 'backend', ...backend },
          change: { secret: field, destinations },
        }),
      auditOwn: (tx, record) => recordAudit(tx, systemActor('controller'), record),
    },
    {
      controllerDir: env.controllerDir,
      fleetHost: env.fleetHost,
      fleetPort: env.fleetPort,
      fleetUrl: env.fleetUrl,
      relay: env.relay,
      agentDirectory: path.resolve('dist/agent'),
      publicUrl: env.publicUrl,
      notifierNetworks: env.notifierNetworks,
    },
  )

  async function end(): Promise<void> {
    log.info('stopping')
    await controller.stop()
    await bus.close()
    await closeDatabase()
    process.exit(0)
  }
  let isStopping = false
  const stop = () => {
    if (isStopping) return
    isStopping = true
    end().catch((error: unknown) => {
      log.error('the controller did not stop in order', { error })
      process.exit(1)
    })
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  process.on('disconnect', stop)

  await controller.start()
  log.info('controller is ready', { fleet: env.fleetUrl, installation: controller.ca.installationId })
  process.send?.({ type: 'ready' })
}

process.on('unhandledRejection', (error) => {
  log.error('a failure was not handled', { error })
  process.exit(1)
})

run().catch((error: unknown) => {
  const known = toHoldfastError(error)
  log.error(known.message, { error: known.code === 'internal' ? error : known })
  process.exit(1)
})
