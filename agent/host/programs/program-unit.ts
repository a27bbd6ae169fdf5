import { MOUNTS_SERVICE } from '@/agent/boot/mount-units'
import { quoteUnitWord } from '@/agent/host/services/unit-words'

/**
 * The unit of one program of a job. It runs once, and not again by itself: the agent decides what follows when it was killed. At
 * shutdown it is stopped before mounts are taken away, since it may work on one.
 */
export function renderProgramUnit(unit: { description: string; node: string; script: string }): string {
  return [
    '[Unit]',
    `Description=${unit.description}`,
    `After=${MOUNTS_SERVICE}`,
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${[unit.node, unit.script].map(quoteUnitWord).join(' ')}`,
    'Restart=no',
    'TimeoutStopSec=20',
    'LimitNOFILE=65536',
    // A copy of a disk can wait; the agent, and the services of the host, cannot.
    'CPUWeight=50',
    'IOWeight=50',
    '',
  ].join('\n')
}
