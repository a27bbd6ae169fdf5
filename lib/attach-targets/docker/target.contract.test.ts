import { expect, it } from 'vitest'
import { dockerTarget } from '@/lib/attach-targets/docker/host'
import { BARE_HOST, describeTarget } from '@/testing/attach-targets/describe-target'
import { openFakeDocker } from '@/testing/attach-targets/fake-docker'

describeTarget({
  what: 'docker: as its engine answers',
  target: () => dockerTarget,
  open: openFakeDocker,
  without: BARE_HOST,
  questions: ['/version', '/containers/json?all=1', '/volumes'],
  // The engine itself allows less; what it tells is taken as it is.
  canBeNamed: (name) => !name.includes('/'),
  canHavePath: () => true,
})

it('is not asked while it does not run, since systemd would start it', async () => {
  const rig = await openFakeDocker()
  rig.stopDaemon()
  await expect(dockerTarget.inventory(rig.host)).rejects.toThrow('Docker does not run.')
  await rig.close()
})

it.each(['', '{"message":"no"}', '[[['])('does not take %j for an empty list', async (text) => {
  const rig = await openFakeDocker()
  rig.asIs(text)
  await expect(dockerTarget.inventory(rig.host)).rejects.toThrow()
  await rig.close()
})
