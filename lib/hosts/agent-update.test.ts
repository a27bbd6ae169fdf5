import { expect, test } from 'vitest'
import type { HostInfo } from '@/lib/agent-protocol/messages'
import { PROTOCOL_VERSION } from '@/lib/agent-protocol/verbs'
import { agentUpdateFor, isOutdated } from '@/lib/hosts/agent-update'

const HOST = { isLocal: false, revokedAt: null }
const OFFERED = { file: 'holdfast-agent-linux-x64.tar.gz', sha256: 'a'.repeat(64), version: '2.0.0' }
const OLDER = { protocolVersions: [PROTOCOL_VERSION - 1], canUpdate: undefined }

function info(over: object = {}): HostInfo {
  const now = { agentVersion: '2.0.0', architecture: 'x64', protocolVersions: [PROTOCOL_VERSION], canUpdate: true }
  return { ...now, ...over } as HostInfo
}

const updateFor = (over: object, offered: typeof OFFERED | null = OFFERED, host: object = {}) =>
  agentUpdateFor({ ...HOST, ...host }, info(over), offered, ({ file }) => `install ${file}`)
const BY_HAND = { is_remote: false, command: `install ${OFFERED.file}` }

test.each<[string, ReturnType<typeof updateFor>, object | null]>([
  ['of the same version', updateFor({}), null],
  [
    'of another version',
    updateFor({ agentVersion: '1.9.0' }),
    { version: '2.0.0', is_outdated: false, is_remote: true },
  ],
  ['of an older protocol', updateFor(OLDER), { ...BY_HAND, version: '2.0.0', is_outdated: true }],
  ['of an older protocol, which knows the verb', updateFor({ ...OLDER, canUpdate: true }), { is_remote: true }],
  ['that its host does not let be replaced', updateFor({ agentVersion: '1.9.0', canUpdate: false }), BY_HAND],
  ['that may be newer than the controller', updateFor({ protocolVersions: [PROTOCOL_VERSION + 1] }), null],
  ['of another architecture', updateFor({ ...OLDER, architecture: 'arm64' }), { is_remote: false, command: null }],
  ['of an older protocol, without a package here', updateFor(OLDER, null), { version: null, command: null }],
  ['of another version, without a package here', updateFor({ agentVersion: '1.9.0' }, null), null],
  ['of this machine', updateFor(OLDER, OFFERED, { isLocal: true }), null],
  ['of a host that was revoked', updateFor(OLDER, OFFERED, { revokedAt: new Date() }), null],
])('an agent %s', (_what, update, expected) => {
  if (expected === null) expect(update).toBeNull()
  else expect(update).toMatchObject(expected)
})

test('a host that has not answered yet, and one of before protocols were told, is not called outdated', () => {
  expect(agentUpdateFor(HOST, null, OFFERED, () => '')).toBeNull()
  expect(isOutdated([])).toBe(false)
})
