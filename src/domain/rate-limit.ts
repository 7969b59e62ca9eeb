/** A token bucket: that many at once, and filled again evenly over the window. */
export interface RateLimit {
  /** 1 to 1,000,000. */
  readonly limit: number
  readonly windowMs: number
}

/** Takes `count` out of a bucket, or nothing. */
export interface RateCharge extends RateLimit {
  /** Whose it is and what for. A name never changes its limit within a deployment. */
  readonly bucket: string
  /** 1 to `limit`. */
  readonly count: number
}
