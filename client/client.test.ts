import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, it, onTestFinished } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { openDoorway } from '@/client/doorway'
import { desktopFile, readLink } from '@/client/links'
import { isOwnProgram, userInTable } from '@/client/peer'
import { forgetProfile, keepProfile, originOf, readProfile } from '@/client/profile'
import { connectionFile } from '@/client/viewer'

const directory = mkdtempSync(path.join(tmpdir(), 'holdfast-client-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const WORKLOAD = 'wkl_01m8q0h0qxb9wcn2a2v1gxjf5n'

it('a link of the console leads to one workload, and nothing else passes', () => {
  expect(readLink(`holdfast://console/${WORKLOAD}?at=https%3A%2F%2Fhf.test`)).toEqual({
    workloadId: WORKLOAD,
    at: 'https://hf.test',
  })
  for (const wrong of [
    `holdfast://console/${WORKLOAD}`,
    `holdfast://console/${WORKLOAD}/../x?at=https://hf.test`,
    `holdfast://other/${WORKLOAD}?at=https://hf.test`,
    `https://console/${WORKLOAD}?at=https://hf.test`,
    'holdfast://console/--viewer=sh?at=https://hf.test',
    '--print',
    '',
  ])
    expect(() => readLink(wrong), wrong).toThrow('no link to a screen')
})

it('the token is kept for this user alone, goes to no address that shows it, and is forgotten', () => {
  const variables = { XDG_CONFIG_HOME: directory }
  expect(() => readProfile(variables)).toThrow('not signed in')
  const file = keepProfile({ url: 'https://hf.test', token: 'hf_fake' }, variables)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readProfile(variables)).toEqual({ url: 'https://hf.test', token: 'hf_fake' })
  expect(readProfile({ ...variables, HOLDFAST_URL: 'http://127.0.0.1:3000/x', HOLDFAST_TOKEN: 'hf_x' })).toEqual({
    url: 'http://127.0.0.1:3000',
    token: 'hf_x',
  })
  for (const wrong of ['http://hf.test', 'ftp://hf.test', 'hf.test', 'http://127.0.0.1.hf.test']) {
    expect(() => originOf(wrong), wrong).toThrow()
  }
  writeFileSync(file, '{"url":1}')
  expect(() => readProfile(variables)).toThrow('damaged')
  forgetProfile(variables)
  expect(() => readProfile(variables)).toThrow('not signed in')
})

it('a name stays a name in the files that it goes into', () => {
  const file = connectionFile({ port: 5_901, title: 'web\n[ovirt]\nhost=evil' })
  expect(file.split('\n')).toHaveLength(7)
  expect(file).toContain('title=web [ovirt] host=evil - Holdfast')
  expect(desktopFile('/opt/a "b"/node', '/home/x/$HOME 100%.mjs')).toContain(
    'Exec="/opt/a \\"b\\"/node" "/home/x/\\$HOME 100%%.mjs" open %u\n',
  )
})

it('tells whose program a connection comes from, as the kernel says it', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 1 1 0',
    '   1: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 2 1 0',
    '   2: 0100007F:C351 0100007F:1F90 06 00000000:00000000 00:00000000 00000000  1001        0 0 1 0',
  ].join('\n')
  expect(userInTable(table, 0xc350, 0x1f90)).toBe(1000)
  expect(userInTable(table, 0xc351, 0x1f90)).toBeNull()
})

/** A server of WebSockets that says back what it hears. */
async function echo(): Promise<{ open: () => Promise<WebSocket>; end: (code: number, reason: string) => void }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  server.on('connection', (socket) => socket.on('message', (data) => socket.send(data)))
  const { port } = server.address() as { port: number }
  return {
    open: () =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(`ws://127.0.0.1:${port}`)
        socket.once('error', reject)
        socket.once('open', () => {
          socket.pause()
          resolve(socket)
        })
      }),
    end: (code, reason) => {
      for (const socket of server.clients) socket.close(code, reason)
    },
  }
}

/** Says it, and waits until it has come back. */
function said(port: number, words: string) {
  const socket = connect(port, '127.0.0.1', () => socket.write(words))
  socket.on('error', () => undefined)
  const heard = new Promise<string>((resolve) => {
    let all = ''
    socket.on('data', (chunk) => {
      all += chunk
      if (all.length >= words.length) resolve(all)
    })
    socket.on('close', () => resolve(all))
  })
  return { socket, heard }
}

it('the door lets programs of this user in, each to a screen of its own, and says why one was closed', async () => {
  const { open, end } = await echo()
  const door = await openDoorway({ open, isOwn: isOwnProgram })
  const long = 'x'.repeat(3_000_000)
  const [one, two] = [said(door.port, 'RFB 003.008\n'), said(door.port, long)]
  expect(await one.heard).toBe('RFB 003.008\n')
  expect((await two.heard) === long).toBe(true)
  end(4000, '')
  await expect(door.over).rejects.toThrow('Somebody has closed this console.')
  await Promise.all([one, two].map(({ socket }) => new Promise((resolve) => socket.once('close', resolve))))
  expect(await said(door.port, 'x').heard).toBe('')
})

it('nobody else comes in, and a screen that does not open is told of', async () => {
  const stranger = await openDoorway({ open: () => Promise.reject(), isOwn: () => false })
  expect(await said(stranger.port, 'x').heard).toBe('')
  stranger.close()
  await stranger.over
  const open = () => Promise.reject(new Error('You have 16 screens open.'))
  const door = await openDoorway({ open, isOwn: isOwnProgram })
  const { heard } = said(door.port, 'x')
  await expect(door.over).rejects.toThrow('16 screens')
  expect(await heard).toBe('')
})
