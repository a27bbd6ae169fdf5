// @ts-check
import { connect } from 'node:net'
import { createInterface } from 'node:readline'

/**
 * Sends one command of qemu's human monitor (`savevm base`, `loadvm base`, …) over the guest's QMP socket.
 * Resolves to what the monitor printed, which for savevm and loadvm is empty on success.
 * @param {string} socketPath
 * @param {string} command
 * @returns {Promise<string>}
 */
export async function monitor(socketPath, command) {
  const socket = connect(socketPath)
  const send = (/** @type {unknown} */ message) => socket.write(`${JSON.stringify(message)}\n`)
  try {
    for await (const line of createInterface({ input: socket })) {
      const message = JSON.parse(line)
      if (message.QMP) send({ execute: 'qmp_capabilities', id: 'hello' })
      if (message.error) throw new Error(`qemu refused "${command}": ${message.error.desc}`)
      if (message.id === 'hello') {
        send({ execute: 'human-monitor-command', arguments: { 'command-line': command }, id: 'command' })
      }
      if (message.id === 'command') return String(message.return).trim()
    }
    throw new Error(`qemu went away during "${command}"`)
  } finally {
    socket.destroy()
  }
}
