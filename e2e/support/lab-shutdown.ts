import { readFileSync } from 'node:fs'
import { consoleBefore } from '@/e2e/lab/guests.mjs'
import type { Guest } from '@/e2e/support/lab'

/** What the agent's units say goes to the console as well, under these names: the guest keeps no journal over a restart. */
const UNITS = { early: 'holdfast-agent', late: 'holdfast-mounts' }

/** The last thing that runs in a shutdown writes its time to the console, where this machine can read it. */
const LAST_HOOK = '#!/bin/sh\nread up rest < /proc/uptime\necho "lab-shutdown-end $up" > /dev/ttyS0\n'
const HOOK_PATH = '/usr/lib/systemd/system-shutdown/lab-time'

/** Of the system before the last restart. */
function onConsole(): string {
  return readFileSync(consoleBefore('host'), 'latin1')
}

/** Makes shutdowns of the host guest leave something to read. */
export async function watchShutdowns(host: Guest): Promise<void> {
  for (const [when, unit] of Object.entries(UNITS)) {
    const folder = `/etc/systemd/system/${unit}.service.d`
    const input = `[Service]\nStandardOutput=journal+console\nSyslogIdentifier=lab-${when}\n`
    await host.ok(`mkdir -p ${folder} && cat > ${folder}/lab.conf`, { input })
  }
  await host.ok(`cat > ${HOOK_PATH} && chmod 755 ${HOOK_PATH} && systemctl daemon-reload`, { input: LAST_HOOK })
}

/** Restarts the host guest; resolves to the seconds from the command to the last moment of the old system, by its own clock. */
export async function restart(host: Guest): Promise<number> {
  await host.ok('echo "lab-shutdown-start $(cut -d" " -f1 /proc/uptime)" > /dev/ttyS0')
  await host.reboot()
  const said = onConsole()
  const last = (word: string) =>
    Number([...said.matchAll(new RegExp(`lab-shutdown-${word} ([0-9.]+)`, 'g'))].at(-1)?.[1])
  return last('end') - last('start')
}

/** What one of the two steps that release storage said in the last shutdown. */
export function saidAtShutdown(when: keyof typeof UNITS): string[] {
  const text = onConsole()
  const last = text.slice(text.lastIndexOf('lab-shutdown-start'), text.lastIndexOf('lab-shutdown-end'))
  return [...last.matchAll(new RegExp(`lab-${when}\\[\\d+\\]: ([^\\r\\n]*)`, 'g'))].map(([, line = '']) => line)
}
