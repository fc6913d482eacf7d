// What the echo server and those who call it agree on.

/** The request header that tells the echo server's WatchTrades how many messages to send. */
export const MESSAGES_HEADER = 'x-benchmark-messages';
