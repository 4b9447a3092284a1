/** The names of the two IPC channels between preload and main. */
export const CALL_CHANNEL = 'gatehouse:call';
export const EVENT_CHANNEL = 'gatehouse:event';
