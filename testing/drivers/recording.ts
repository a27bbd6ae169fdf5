import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import type { OperationContext } from '@/lib/drivers/contract/host'
import type { Command } from '@/lib/drivers/contract/mount-request'
import type { TestStep } from '@/lib/drivers/contract/steps'
import { mountCommands, stopArguments, unmountArguments } from '@/lib/drivers/mounting/commands'

/** Everything that a driver let out of its hands: commands as they would be seen by `ps`, and text that people or logs see. */
export interface Recording {
  commands: { command: string; args: string[] }[]
  /** Those of them that mounted or unmounted something, as a host carries them out. */
  changes: Command[]
  /** Log lines, steps and the readable parts of HTTP requests. */
  texts: string[]
  steps: TestStep[]
  /** Scratch places that were asked for. */
  scratches: string[]
}

export function newRecording(): Recording {
  return { commands: [], changes: [], texts: [], steps: [], scratches: [] }
}

/** The same host, with everything that leaves the driver written down. Works over the fake host and over a real one. */
export function recordHost(host: DriverHost, recording: Recording): DriverHost {
  const note = (command: string, args: readonly string[]) => recording.commands.push({ command, args: [...args] })
  const noteChange = ({ command, args }: Command) => recording.changes.push({ command, args: [...args] })
  const noteUnmount = (target: string, unit?: string) => {
    note('umount', [target])
    noteChange({ command: 'umount', args: unmountArguments(target) })
    if (unit !== undefined) noteChange({ command: 'systemctl', args: stopArguments(unit) })
  }
  return {
    run: (command, args, options) => {
      note(command, args)
      if (command === 'mount' || command === 'umount') noteChange({ command, args })
      recording.texts.push(JSON.stringify(options?.env ?? {}))
      return host.run(command, args, options)
    },
    net: {
      resolve: (name) => host.net.resolve(name),
      connect: (name, port) => host.net.connect(name, port),
      request: (request) => {
        recording.texts.push(JSON.stringify(request))
        return host.net.request(request)
      },
    },
    mounts: {
      list: () => host.mounts.list(),
      mount: (request) => {
        for (const command of mountCommands(request)) {
          note(command.command, command.args)
          noteChange(command)
        }
        return host.mounts.mount(request)
      },
      unmount: (target) => {
        noteUnmount(target)
        return host.mounts.unmount(target)
      },
    },
    fuse: {
      paths: (unit) => host.fuse.paths(unit),
      freePort: () => host.fuse.freePort(),
      start: (daemon) => {
        note(daemon.command, daemon.args)
        noteChange(daemon)
        recording.texts.push(JSON.stringify(daemon))
        return host.fuse.start(daemon)
      },
      stop: (unit, target, options) => {
        noteUnmount(target, unit)
        return host.fuse.stop(unit, target, options)
      },
      isRunning: (unit) => host.fuse.isRunning(unit),
      control: (unit, method, parameters) => host.fuse.control(unit, method, parameters),
      log: (unit) => host.fuse.log(unit),
    },
    probe: host.probe,
    records: host.records,
    hostId: host.hostId,
    keepsOpen: (backendId) => host.keepsOpen(backendId),
    scratch: async () => {
      const scratch = await host.scratch()
      recording.scratches.push(scratch.path)
      return scratch
    },
    secretFile: (content) => host.secretFile(content),
  }
}

/** The context of one operation over a recorded host. */
export function recordingContext(host: DriverHost, recording: Recording, limitMs: number): OperationContext {
  return {
    host: recordHost(host, recording),
    signal: new AbortController().signal,
    deadlineAt: performance.now() + limitMs,
    operationId: `op_${crypto.randomUUID().replaceAll('-', '').slice(0, 26)}`,
    log: (message) => void recording.texts.push(message),
    step: (step) => void recording.steps.push(step),
  }
}

/** Spellings in which tools and encoders would print a secret. */
export function spellingsOf(secret: string): string[] {
  const base64 = btoa(secret)
  const hex = [...new TextEncoder().encode(secret)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    base64,
    base64.replace(/=+$/, ''),
    hex,
  ]
}
