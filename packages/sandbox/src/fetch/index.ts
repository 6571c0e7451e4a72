export { allowFetch, type AllowFetchOptions, type Fetched } from "./allow-fetch.ts";
export { FetchRefused, type FetchRules, type Lookup } from "./fetch-rules.ts";
