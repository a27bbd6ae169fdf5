import { levelAt, OWN_ENDS } from '@/lib/alerts/rules'
import { type Cause, causeId, causeOf } from '@/lib/attention/cause'
import type { Facts } from '@/lib/attention/facts'
import { OWN_CERTIFICATES, type OwnCertificate } from '@/lib/attention/own-facts-repository'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** What is wrong with Holdfast itself. */
export function ownCauses(facts: Facts, now: Date): Cause[] {
  return [...notifierCauses(facts, now), ...heartbeatCauses(facts, now), ...certificateCauses(facts, now)]
}

/** Of alerts that are told by it alone nobody hears. What the receiver says is for those who may see the notifier. */
function notifierCauses({ failing, rules, told }: Facts, now: Date): Cause[] {
  return failing.flatMap(({ id, name, failedSince }) => {
    const key = `notifier:${id}:failing`
    const minutes = (now.getTime() - failedSince.getTime()) / MINUTE_MS
    const severity = levelAt(minutes, rules.limits('notifier'), told.get(causeId(key)))
    if (severity === null) return []
    return causeOf({
      key,
      kind: 'notifier',
      severity,
      subject: { kind: 'notifier', id, name },
      what: ': no message is taken',
      advice:
        'Its page says what the receiver answers. Mend it and test it there: what waits is sent then. After a day a message is given up.',
      since: failedSince,
    })
  })
}

function heartbeatCauses({ missed, rules, told }: Facts, now: Date): Cause[] {
  if (missed === null) return []
  const key = 'holdfast:heartbeat'
  const minutes = (now.getTime() - missed.since.getTime()) / MINUTE_MS
  const severity = levelAt(minutes, rules.limits('heartbeat'), told.get(causeId(key)))
  if (severity === null) return []
  return [
    causeOf({
      key,
      kind: 'heartbeat',
      severity,
      subject: { kind: 'holdfast', id: null, name: 'Holdfast' },
      what:
        missed.withheld === null
          ? ": its dead-man's switch takes no ping"
          : `: its dead-man's switch is not pinged. ${missed.withheld}`,
      advice:
        missed.withheld === null
          ? 'The page of the notifiers says what is answered. Whoever waits for the pings outside believes that Holdfast is down.'
          : 'Read the log of the controller, and start it again if it is stuck.',
      since: missed.since,
    }),
  ]
}

const WORDS: Record<OwnCertificate, { name: string; advice: string }> = {
  authority: {
    name: 'the certificate authority of the fleet',
    advice: 'Every host has to join again under a new authority before that day. Plan for it.',
  },
  controller: {
    name: 'the certificate of the controller',
    advice: 'The controller renews it by itself at half of its life. Its log says why it did not.',
  },
  fleet_port: {
    name: 'the certificate of the fleet port',
    advice: 'The controller renews it by itself at half of its life. Its log says why it did not.',
  },
}

function certificateCauses({ ownEnds }: Facts, now: Date): Cause[] {
  return OWN_CERTIFICATES.flatMap((of) => {
    const end = ownEnds.get(of)
    if (end === undefined) return []
    const limits = of === 'authority' ? OWN_ENDS.authority : OWN_ENDS.renewed
    const days = (end.getTime() - now.getTime()) / DAY_MS
    if (days > limits.warning) return []
    const { name, advice } = WORDS[of]
    return causeOf({
      key: `holdfast:certificate:${of}`,
      kind: 'own_certificate',
      severity: days <= limits.critical ? 'critical' : 'warning',
      subject: { kind: 'holdfast', id: null, name: 'Holdfast' },
      what: `: ${name} ${endWords(days)}`,
      advice,
    })
  })
}

function endWords(days: number): string {
  if (days <= 0) return 'has run out'
  const whole = Math.ceil(days)
  return whole === 1 ? 'runs out within a day' : `runs out within ${whole} days`
}
