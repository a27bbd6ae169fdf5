// @ts-check
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { SEGMENT_GROUP } from './hardware.mjs'

/**
 * Free loopback TCP ports, all different.
 * @param {number} count
 * @returns {Promise<number[]>}
 */
export async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer()
      return new Promise((/** @type {(opened: import('node:net').Server) => void} */ resolve, reject) => {
        server.on('error', reject)
        server.listen(0, '127.0.0.1', () => resolve(server))
      })
    }),
  )
  const ports = servers.map((server) => /** @type {import('node:net').AddressInfo} */ (server.address()).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** A multicast port that no other lab on this machine uses: two labs on one port would share one segment. */
export async function freeSegmentPort() {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = 20_000 + Math.floor(Math.random() * 40_000)
    if (await isFree(port)) return port
  }
  throw new Error('Found no free UDP port for the lab segment.')
}

/**
 * qemu binds the group's address, so a bind without address reuse tells.
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function isFree(port) {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    socket.on('error', () => resolve(false))
    socket.bind({ port, address: SEGMENT_GROUP, exclusive: true }, () => socket.close(() => resolve(true)))
  })
}
