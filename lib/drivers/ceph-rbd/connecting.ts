import {
  askFsid,
  askUsage,
  asUser,
  type ClusterFiles,
  listImages,
  listNamespaces,
  measureImages,
  type Question,
} from '@/lib/drivers/ceph-rbd/commands'
import type { CephRbdSettings } from '@/lib/drivers/ceph-rbd/config'
import type { Connecting } from '@/lib/drivers/contract/mount-request'

const SHOWN: ClusterFiles = { conf: 'ceph.conf', keyring: 'ceph.keyring' }

export const cephRbdConnecting: Connecting<CephRbdSettings> = {
  /** Nothing stays open on the host: these are questions to the cluster, which prove that volumes can be used. */
  connect(config) {
    const questions: Question[] =
      config.namespace === undefined
        ? [askFsid, askUsage, listImages(config)]
        : [askFsid, askUsage, listNamespaces(config), listImages(config), measureImages(config)]
    return {
      commands: questions.map((question) => asUser(question, config.user, SHOWN)),
      notes: [
        `Nothing is changed on the host or in the cluster. ${SHOWN.conf} and ${SHOWN.keyring} are files in memory with the monitors and the key; they are gone afterwards.`,
      ],
    }
  },

  disconnect: ({ pool }) => ({
    commands: [],
    notes: [`No command runs. While an image of ${pool} is mapped on this host, it is refused.`],
  }),
}
