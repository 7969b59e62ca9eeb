/**
 * Reads a small public JSON document by its address, which an operator or one of an operator's own documents named.
 * Follows no redirects. Rejects where there is none within some seconds, or it is too large, or it is not JSON.
 */
export type ReadDocument = (url: string) => Promise<unknown>
