import { expect, it } from 'vitest'
import { channelIn } from '@/agent/libvirt/clipboard-channel'
import { CLIPBOARD_CHANNEL } from '@/lib/libvirt/clipboard-channel'

const machine = (...channels: string[]) => `<domain type='kvm'><devices>${channels.join('')}</devices></domain>`
const withState = (state: string) => CLIPBOARD_CHANNEL.replace("spice.0'/>", `spice.0' state='${state}'/>`)
const GUEST_AGENT =
  "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0' state='connected'/></channel>"

it.each([
  ['none at all', machine(), { channel: 'none', isAgentRunning: null }],
  ['that of another agent', machine(GUEST_AGENT), { channel: 'none', isAgentRunning: null }],
  ['ours, off', machine(GUEST_AGENT, CLIPBOARD_CHANNEL), { channel: 'there', isAgentRunning: null }],
  ['ours, opened', machine(withState('connected')), { channel: 'there', isAgentRunning: true }],
  ['ours, not opened', machine(withState('disconnected')), { channel: 'there', isAgentRunning: false }],
  [
    'that of SPICE',
    machine("<channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0' state='connected'/></channel>"),
    { channel: 'other', isAgentRunning: null },
  ],
  [
    'one without a clipboard',
    machine(CLIPBOARD_CHANNEL.replace("'yes'", "'no'")),
    { channel: 'other', isAgentRunning: null },
  ],
])('tells of the channels of a machine: %s', (_what, xml, found) => {
  expect(channelIn(xml)).toEqual(found)
})
