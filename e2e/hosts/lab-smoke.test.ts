import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { pace } from '@/e2e/lab/pace.mjs'
import { waitFor } from '@/e2e/lab/process.mjs'
import { LAB_SERVICES, type Lab, useLab } from '@/e2e/support/lab'
import { wakeCeph } from '@/e2e/support/lab-ceph'
import { labFacts } from '@/e2e/support/lab-facts'

// Proves the lab itself, by hand and without the product: what fails here is no fault of Holdfast.
const { nfs, s3, servers } = labFacts
let lab: Lab

beforeAll(async () => {
  lab = await timed('restore', () => useLab())
})
afterAll(async () => {
  await lab?.close()
})
// A test that fails half-way must not take the others with it.
beforeEach(async () => {
  await lab.servers.blackhole(false)
  await lab.host.ok('umount /mnt/probe 2>/dev/null; mkdir -p /mnt/probe', { timeoutMs: 60_000 })
})

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now()
  const answer = await work()
  console.log(`${what}: ${Math.round(performance.now() - started)} ms`)
  return answer
}

function rcloneEnvironment(secretKey: string): string {
  const remote = {
    TYPE: 's3',
    PROVIDER: 'Ceph',
    ENDPOINT: s3.endpoint,
    ACCESS_KEY_ID: s3.accessKey,
    SECRET_ACCESS_KEY: secretKey,
  }
  const words = Object.entries(remote).map(([key, value]) => `RCLONE_CONFIG_LAB_${key}='${value}'`)
  return `env RCLONE_CONFIG=/dev/null ${words.join(' ')}`
}

describe('NFS', { tags: 'full' }, () => {
  it.each(['3', '4.2'])('mounts, writes, reads and unmounts with version %s', async (version) => {
    const source = `${servers.address}:${nfs.exports.readWrite}`
    await timed(`mount NFS ${version}`, () =>
      lab.host.ok(`mount -t nfs -o vers=${version},retry=0 ${source} /mnt/probe`),
    )
    expect(await lab.host.ok('cat /mnt/probe/hello')).toBe(`hello from ${nfs.exports.readWrite}`)
    await lab.host.ok('echo written > /mnt/probe/from-host && rm /mnt/probe/from-host')
    expect(await lab.host.ok('grep " /mnt/probe " /proc/self/mountinfo')).toMatch(
      version === '3' ? / - nfs .*vers=3/ : / - nfs4 .*vers=4\.2/,
    )
    await lab.host.ok('umount /mnt/probe')
  })

  it('refuses an export that this host may not mount, and one that does not exist', async () => {
    for (const path of [nfs.exports.elsewhere, nfs.missing]) {
      const refused = await lab.host.exec(`mount -t nfs -o vers=4.2,retry=0 ${servers.address}:${path} /mnt/probe`)
      expect(refused.exitCode).toBe(32)
    }
  })

  it('lets root of the host do nothing in the root-squashed export', async () => {
    await lab.host.ok(`mount -t nfs -o vers=4.2,retry=0 ${servers.address}:${nfs.exports.denied} /mnt/probe`)
    const listed = await lab.host.exec('ls /mnt/probe')
    await lab.host.ok('umount /mnt/probe')
    expect(listed.stderr).toContain('Permission denied')
  })

  it('hangs while the server is blackholed and heals afterwards', async () => {
    const options = 'vers=4.2,hard,timeo=20,retrans=2,noac'
    await lab.host.ok(`mount -t nfs -o ${options} ${servers.address}:${nfs.exports.readWrite} /mnt/probe`)
    await lab.servers.blackhole(true)
    expect((await lab.host.exec('stat /mnt/probe/hello', { timeoutMs: 3_000 })).exitCode).toBe(137)
    await lab.servers.blackhole(false)
    await timed('heal', () => lab.host.ok('cat /mnt/probe/hello', { timeoutMs: 60_000 }))
    await lab.host.ok('umount /mnt/probe')
  })

  it('keeps the other servers when only one is blackholed', async () => {
    await wakeCeph(lab)
    await lab.servers.blackhole(true, { ports: [nfs.port] })
    const answer = await lab.host.ok(`curl -s -o /dev/null -w '%{http_code}' --max-time 20 ${s3.endpoint}/`)
    const refused = await lab.host.exec(`timeout 3 bash -c ': > /dev/tcp/${servers.address}/${nfs.port}'`)
    await lab.servers.blackhole(false)
    expect(answer).toBe('200')
    expect(refused.exitCode).toBe(124)
  })

  it('refuses connections while its service is stopped', async () => {
    await lab.servers.stopService(LAB_SERVICES.nfs)
    const refused = await lab.host.exec(`bash -c ': > /dev/tcp/${servers.address}/${nfs.port}'`)
    await lab.servers.startService(LAB_SERVICES.nfs)
    expect(refused.stderr).toContain('Connection refused')
  })
})

describe('S3', { tags: 'full' }, () => {
  const mount = `rclone mount lab:${s3.buckets.full} /mnt/probe --daemon --daemon-wait 20s`
  beforeAll(() => timed('waking Ceph', () => wakeCeph(lab)))

  it('mounts with the right key', async () => {
    await timed('mount S3', () => lab.host.ok(`${rcloneEnvironment(s3.secretKey)} ${mount}`))
    expect(await timed('read S3', () => lab.host.ok('cat /mnt/probe/hello.txt'))).toBe('hello from S3')
    await lab.host.ok('umount /mnt/probe')
  })

  it('lists nothing with a wrong key', async () => {
    await lab.host.exec(`${rcloneEnvironment(s3.wrongSecretKey)} ${mount}`)
    const listed = await lab.host.exec('ls /mnt/probe', { timeoutMs: 30_000 })
    await lab.host.ok('umount /mnt/probe')
    expect(listed.exitCode).not.toBe(0)
    const direct = await lab.host.exec(`${rcloneEnvironment(s3.wrongSecretKey)} rclone lsd lab: --retries 1`)
    expect(direct.stderr).toContain('SignatureDoesNotMatch')
  })

  it('knows an owner from a stranger', async () => {
    const direct = await lab.host.exec(
      `${rcloneEnvironment(s3.secretKey)} rclone lsf lab:${s3.buckets.foreign} --retries 1`,
    )
    expect(direct.stderr).toContain('AccessDenied')
  })
})

describe('the guests', () => {
  it('cannot reach this machine except through a tunnel', async () => {
    const server = createServer((socket) => socket.end('from the machine'))
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
    })
    try {
      const direct = await lab.host.exec(`timeout 3 bash -c 'cat < /dev/tcp/10.0.2.2/${port}'`)
      expect(direct.exitCode).not.toBe(0)
      const close = await lab.host.reverseTunnel(9443, port)
      expect(await lab.host.ok('timeout 10 bash -c "cat < /dev/tcp/127.0.0.1/9443"')).toBe('from the machine')
      await close()
    } finally {
      server.close()
    }
  })

  it('have the time of this machine', async () => {
    for (const guest of [lab.host, lab.servers]) {
      expect(Math.abs(Number(await guest.ok('date +%s')) - Date.now() / 1000)).toBeLessThan(10)
    }
  })

  it('forward port 8443 of the host', { tags: 'full' }, async () => {
    await lab.host.ok('systemd-run --unit=echo-8443 socat TCP-LISTEN:8443,fork,reuseaddr SYSTEM:"echo agent here"')
    const answer = await waitFor(
      'the forwarded port',
      async () => (await readAll(lab.host.agentPort).catch(() => '')) || undefined,
      { timeoutMs: 20_000 },
    )
    expect(answer).toBe('agent here\n')
  })

  it('hide a program until told otherwise', { tags: 'full' }, async () => {
    const show = await lab.host.hideProgram('/usr/bin/rclone')
    expect((await lab.host.exec('command -v rclone')).exitCode).not.toBe(0)
    await show()
    await lab.host.ok('rclone version')
  })

  it('come back after a reboot and after a power cut', { tags: 'full', timeout: 600_000 * pace() }, async () => {
    await lab.host.ok('touch /root/kept && sync')
    const bootId = () => lab.host.ok('cat /proc/sys/kernel/random/boot_id')
    const boots = [await bootId()]
    await timed('reboot', () => lab.host.reboot())
    boots.push(await bootId())
    await timed('power cycle', () => lab.host.powerCycle())
    boots.push(await bootId())
    expect(new Set(boots).size).toBe(3)
    await lab.host.ok('test -e /root/kept')
    await lab.host.ok(`mount -t nfs -o vers=3,retry=0 ${servers.address}:${nfs.exports.readOnly} /mnt/probe`)
    await lab.host.ok('umount /mnt/probe')
  })

  it('take in big files and whole folders', { tags: 'full' }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lab-copy-'))
    try {
      mkdirSync(join(folder, 'inside'))
      writeFileSync(join(folder, 'big'), randomBytes(20_000_000))
      symlinkSync('inside', join(folder, 'link'))
      writeFileSync(join(folder, "inside/it's small"), 'small')
      await timed('copy 20 MB', () => lab.host.copy(folder, '/root/copied'))
      const digest = createHash('sha256')
        .update(readFileSync(join(folder, 'big')))
        .digest('hex')
      expect(await lab.host.ok('sha256sum < /root/copied/big')).toContain(digest)
      expect(await lab.host.ok(`cat "/root/copied/link/it's small"`)).toBe('small')
      await lab.host.fetch("/root/copied/inside/it's small", join(folder, 'back'))
      expect(readFileSync(join(folder, 'back'), 'utf8')).toBe('small')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('keep a prepared state beside the base one', { tags: 'full' }, async () => {
    let times = 0
    const prepared = {
      name: 'smoke',
      inputs: String(Date.now()),
      async prepare({ host }: Lab) {
        times++
        await host.ok('touch /root/prepared')
      },
    }
    for (let turn = 0; turn < 2; turn++) {
      await lab.close()
      lab = await timed('prepared restore', () => useLab(prepared))
      await lab.host.ok('test -e /root/prepared && rm /root/prepared')
    }
    expect(times).toBe(1)
  })

  it('forget everything at the next restore', async () => {
    await lab.host.ok('touch /root/forget-me')
    await lab.close()
    lab = await useLab()
    expect((await lab.host.exec('test -e /root/forget-me')).exitCode).toBe(1)
  })
})

function readAll(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(port, '127.0.0.1')
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
    })
    socket.on('end', () => resolve(text))
    socket.on('error', reject)
  })
}
