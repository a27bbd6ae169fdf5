import type { Bus } from '@/lib/events/bus'
import { connectPostgresBus } from '@/lib/events/postgres-bus'
import { connectSocketBus, serveSocketBus } from '@/lib/events/socket-bus'

interface BusSettings {
  databaseUrl: string
  busSocket: string
}

function isPostgres(url: string): boolean {
  return /^postgres(ql)?:/.test(url)
}

/** The bus as the web process and the command line use it. */
export function openBus(settings: BusSettings): Bus {
  return isPostgres(settings.databaseUrl)
    ? connectPostgresBus(settings.databaseUrl)
    : connectSocketBus(settings.busSocket)
}

/** The bus as the controller uses it. Throws `conflict` when another controller serves the same socket. */
export async function openControllerBus(settings: BusSettings): Promise<Bus> {
  return isPostgres(settings.databaseUrl)
    ? connectPostgresBus(settings.databaseUrl)
    : serveSocketBus(settings.busSocket)
}
