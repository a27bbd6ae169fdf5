/** Which page was asked for, as the proxy tells the layouts: those are not told by the framework. */
export const PATH_HEADER = 'x-holdfast-path'
