import { expect, it } from 'vitest'
import { datagram, syslogLine } from '@/lib/notifiers/syslog/format'
import { describeNotifier, sendAs } from '@/testing/notifiers/describe-notifier'
import { sampleNotice } from '@/testing/notifiers/notices'
import { makeTls, syslogReceiver } from '@/testing/notifiers/receivers'

for (const transport of ['udp', 'tcp', 'tls'] as const)
  describeNotifier('syslog', `by ${transport}`, async () => {
    const tls = await makeTls()
    const receiver = await syslogReceiver(transport, tls)
    const ca = transport === 'tls' ? { ca_certificate: tls.authority } : {}
    return {
      receiver,
      settings: { server: 'localhost', port: receiver.port, transport, ...ca },
      textOf: (line) => line,
      idOf: (line) => / id="([^"]*)"/.exec(line)?.[1],
      ...(transport === 'udp' ? { isDeaf: true as const } : {}),
    }
  })

it('writes a line as RFC 5424 has it', () => {
  const from = { host: 'ctl-1', installation: 'a "b" ]' }
  const line = syslogLine(sampleNotice({ severity: 'warning' }), { facility: 'local3' }, from)
  expect(line).toMatch(
    /^<156>1 2026-11-30T12:00:00\.000Z ctl-1 holdfast - opened \[holdfast@32473 id="dlv_01" event="opened" severity="warning" installation="a \\"b\\" \\\]" alert="alr_01" kind="storage"\] \ufeffWarning: nas /,
  )
  const over = syslogLine(sampleNotice({ event: 'cleared' }), { facility: 'daemon' }, from)
  expect(over).toMatch(/^<30>1 /)
})

it('cuts what is too long for a datagram between two characters', () => {
  const cut = datagram('ü'.repeat(2_000))
  expect(cut.length).toBeLessThanOrEqual(2_048)
  expect(cut.toString()).toMatch(/^ü+$/)
})

it('tells nothing to a server whose certificate nobody vouches for', async () => {
  const receiver = await syslogReceiver('tls', await makeTls())
  const settings = { server: 'localhost', port: receiver.port, transport: 'tls' }
  await expect(sendAs('syslog', settings, sampleNotice())).rejects.toThrow(/certificate/)
  expect(receiver.arrived).toEqual([])
  await receiver.close()
})
