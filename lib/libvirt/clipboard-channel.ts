/** What a guest needs beside its system; in most distributions under this name. */
export const CLIPBOARD_PACKAGE = 'spice-vdagent'
/** By which the agent in the guest finds its channel. */
export const CLIPBOARD_TARGET = 'com.redhat.spice.0'
/** The channel through which a VNC screen reaches the clipboard of a machine. */
export const CLIPBOARD_CHANNEL = `<channel type='qemu-vdagent'><source><clipboard copypaste='yes'/></source><target type='virtio' name='${CLIPBOARD_TARGET}'/></channel>`
