import { expect, it } from 'vitest'
import { installCommands } from '@/lib/agent-protocol/package-managers'

it.each([
  ['rocky', ['dnf install -y nfs-utils cifs-utils']],
  ['alpine', ['apk add nfs-utils cifs-utils']],
  ['opensuse-leap', ['zypper --non-interactive install --no-recommends nfs-utils cifs-utils']],
  ['arch', ['pacman -Sy --noconfirm --needed nfs-utils cifs-utils']],
])('says what will run on %s', (id, commands) => {
  expect(installCommands(id, ['nfs-utils', 'cifs-utils'])).toEqual(commands)
})

it('brings the lists up to date first where apt does not do so by itself', () => {
  const [refresh, install] = installCommands('debian', ['nfs-common']) ?? []
  expect(refresh).toMatch(/^apt-get .* update$/)
  expect(install).toMatch(/^apt-get .* install nfs-common$/)
})

it('says nothing of a distribution whose family is not known', () => {
  expect(installCommands('linuxmint', ['nfs-common'])).toBeNull()
})
