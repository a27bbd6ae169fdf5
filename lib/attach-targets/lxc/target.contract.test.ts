import { lxcTarget } from '@/lib/attach-targets/lxc/host'
import { BARE_HOST, describeTarget } from '@/testing/attach-targets/describe-target'
import { openFakeLxc } from '@/testing/attach-targets/fake-lxc'

describeTarget({
  what: 'lxc: as its tools print it',
  target: () => lxcTarget,
  open: openFakeLxc,
  without: BARE_HOST,
  questions: ['lxc-ls', 'lxc-info'],
  canBeNamed: (name) => !name.includes('/'),
  canHavePath: () => true,
})
