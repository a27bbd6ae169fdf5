import { HIDDEN, tellOptions } from '@/lib/drivers/options/hide-secrets'
import {
  each,
  missing,
  type OptionRule,
  optionWords,
  outside,
  refused,
  usual,
} from '@/lib/drivers/options/option-table'

const ON_DEMAND = 'Holdfast mounts at once and not when somebody looks'
const ITS_OWN = 'Holdfast mounts by itself, without a unit that others order'
const ONLY_US = 'only Holdfast mounts and unmounts'

/**
 * The words of mount(8), fstab(5) and systemd.mount(5), which stand beside those of every file system. A type's own table comes first.
 */
export const SYSTEM_WORDS: Readonly<Record<string, OptionRule<never>>> = {
  ...each('defaults rw async auto nouser nosuid nodev exec relatime diratime nostrictatime nolazytime silent', usual),
  ...each('loud noiversion nomand nofail _netdev symfollow rprivate private', usual),

  ...each('user users owner group', missing(ONLY_US)),
  suid: missing('every mount is nosuid'),
  dev: missing('every mount is nodev'),
  ...each('noatime atime nodiratime norelatime strictatime lazytime dirsync sync iversion mand', missing()),
  ...each('shared rshared slave rslave unbindable runbindable', missing('mounts of Holdfast are private')),
  ...each('remount bind rbind move loop loop= offset= sizelimit=', missing()),
  ...each('uhelper= helper=', missing(ONLY_US)),
  ...each('context= fscontext= defcontext= rootcontext=', refused('Holdfast sets no SELinux contexts')),
  // The kernel of a host with SELinux says so of every mount.
  seclabel: { ...usual, unasked: true },
  nosymfollow: refused('Holdfast cannot forbid symbolic links, and this mount does'),

  noauto: outside('Holdfast asks for this itself: "Mount at boot"'),
  'comment=': outside('it is a remark'),
  'comment=systemd.automount': outside(ON_DEMAND),
  ...each('x-systemd.automount x-systemd.idle-timeout=', outside(ON_DEMAND)),
  ...each('x-systemd.requires= x-systemd.before= x-systemd.after= x-systemd.wanted-by=', outside(ITS_OWN)),
  ...each('x-systemd.required-by= x-systemd.requires-mounts-for= x-systemd.wants-mounts-for=', outside(ITS_OWN)),
  ...each('x-systemd.device-bound x-systemd.device-bound= x-systemd.device-timeout=', outside(ITS_OWN)),
  ...each('x-systemd.mount-timeout= x-systemd.graceful-option=', outside(ITS_OWN)),
  'x-systemd.rw-only': outside('a mount that cannot be written is told as a drift'),
  ...each('x-systemd.makefs x-systemd.growfs x-systemd.pcrfs x-systemd.validatefs', outside('it is for disks')),
  ...each('x-initrd.mount x-initrd.attach', outside('Holdfast does not run in the initrd')),
  ...each(
    'x-gvfs-show x-gvfs-hide x-gvfs-name= x-gvfs-icon= x-gvfs-symbolic-icon=',
    outside('it is for file managers'),
  ),
  ...each('X-mount.mkdir X-mount.mkdir= x-mount.mkdir x-mount.mkdir=', outside('Holdfast makes the directory itself')),
  ...each('X-mount.owner= X-mount.group= X-mount.mode=', outside('Holdfast guards the directory itself')),
  ...each('X-mount.auto-fstypes= X-mount.nocanonicalize X-mount.nocanonicalize= X-mount.noloop', outside(ITS_OWN)),
  'X-mount.idmap=': refused('Holdfast maps no owners, and this mount does'),
  'X-mount.subdir=': refused('Holdfast would show the whole storage instead of this directory'),
}

/** Those of a pasted text that change nothing here, since they are for mount(8), systemd or others. Remarks go by name alone. */
export function wordsForOthers(text: string): string[] {
  const words = optionWords(text)
  const told = tellOptions(words.map((word) => word.text))
  return words
    .map((word, at) => ({ ...word, told: told[at] ?? HIDDEN }))
    .filter(({ text: word, name, isFlag }) => {
      const rule = SYSTEM_WORDS[word] ?? SYSTEM_WORDS[isFlag ? name : `${name}=`]
      return rule === undefined ? /^x-/i.test(name) : rule.fate === 'outside'
    })
    .map((word) => (word.told === HIDDEN ? word.name : word.told.replace(`=${HIDDEN}`, '')))
}

/** Does it show a directory of the host at a second place? */
export function isBind(options: readonly string[]): boolean {
  return options.includes('bind') || options.includes('rbind')
}

/** `noexec` as mount(8) reads it: who lets users mount forbids programs, unless a later word allows them. */
export function forbidsPrograms(options: readonly string[]): boolean {
  const said = options.findLast((option) => /^(?:no)?exec$|^(?:users?|owner|group)$/.test(option))
  return said !== undefined && said !== 'exec'
}
