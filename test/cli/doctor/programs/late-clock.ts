/** Preloaded: the clock of this process is five minutes late. */
const now = Date.now.bind(Date)
Date.now = () => now() - 300_000
